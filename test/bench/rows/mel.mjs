/** PCM to log-Mel frames, the paper's settings: 22 050 Hz, frames of 1024 samples, hop 512, 200 bands, magnitudes. */
import { shareValues } from '../child.mjs';
import { inProcess } from '../harness.mjs';
import { startEssentia, startFftJs, startMeyda, startPffft } from '../peers/spectra.mjs';
import { startC, startPython } from '../programs.mjs';
import { music } from '../seeded.mjs';

const SR = 22050;

/** Natural-log units: single precision spreads its rounding over all bins, which shows in the fourth digit of quiet bands. */
const TOLERANCE = { absolute: 1e-3 };

/** @type {import('../run.mjs').Row} */
export default {
  name: 'mel',
  title: 'PCM to log-Mel',
  async cases({ tunespace, quick }) {
    const seconds = quick ? 1 : 30;
    const y = music(seconds, SR);
    const bank = tunespace.melFilterBank({ sr: SR }).data;
    const python = { y: shareValues(y), sr: SR };
    const spectrum = { y, bank };
    return [
      {
        work: `PCM to log-Mel, ${seconds} s`,
        ours: inProcess(() => tunespace.logMelSpectrogram(y, { sr: SR }).data),
        tolerance: TOLERANCE,
        bound: 'arithmetic',
        peers: [
          {
            name: 'C, FFTW3f, frame by frame',
            target: 1.5,
            start: () => startC('logmel', [python.y, shareValues(bank)], ['-lfftw3f']),
          },
          { name: 'librosa stft + matmul', target: 7, start: () => startPython('logmel', 'librosa', python) },
          { name: 'torch.stft + matmul', target: 7, start: () => startPython('logmel', 'torch', python) },
          { name: 'pffft-wasm SIMD + Mel in JS', target: 9, start: () => startPffft(spectrum) },
          { name: 'fft.js + Mel in JS', target: 12, start: () => startFftJs(spectrum) },
          {
            name: 'essentia.js Windowing + Spectrum, Mel in JS',
            target: 300,
            note: 'its Windowing gets a square window after our own: its Hann is symmetric',
            start: () => startEssentia(spectrum),
          },
          {
            name: 'Meyda amplitudeSpectrum, Mel in JS',
            target: 60,
            note: 'over our own window: its Hann is symmetric',
            start: () => startMeyda(spectrum),
          },
        ],
      },
    ];
  },
};
