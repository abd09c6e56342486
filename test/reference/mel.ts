/** The plain float64 twin of assembly/mel.ts, as librosa's documentation defines it. */
import { spectrogram } from './stft.ts';

/** Mel of a frequency in Hz. */
export function hzToMel(hz: number, htk = false): number {
  if (htk) return 2595 * Math.log10(1 + hz / 700);
  return hz < 1000 ? (3 * hz) / 200 : 15 + (27 * Math.log(hz / 1000)) / Math.log(6.4);
}

/** Frequency in Hz of a mel. */
export function melToHz(mel: number, htk = false): number {
  if (htk) return 700 * (10 ** (mel / 2595) - 1);
  return mel < 15 ? (200 * mel) / 3 : 1000 * Math.exp(((mel - 15) * Math.log(6.4)) / 27);
}

/** n frequencies in Hz, evenly spaced in mel. */
export function melFrequencies(n: number, fMin: number, fMax: number, htk = false): number[] {
  const [low, high] = [hzToMel(fMin, htk), hzToMel(fMax, htk)];
  return Array.from({ length: n }, (_, i) => melToHz(low + ((high - low) * i) / (n - 1), htk));
}

/** What the bank's weights depend on. */
export interface Bank {
  sr: number;
  nFft: number;
  nMels: number;
  fMin: number;
  fMax: number;
  htk: boolean;
  norm: 'slaney' | null;
}

/** Triangles over the bins, one row for each band. */
export function melFilterBank({ sr, nFft, nMels, fMin, fMax, htk, norm }: Bank): number[][] {
  const corners = melFrequencies(nMels + 2, fMin, fMax, htk);
  return Array.from({ length: nMels }, (_, b) => {
    const [left, centre, right] = corners.slice(b, b + 3);
    const scale = norm === 'slaney' ? 2 / (right - left) : 1;
    return Array.from({ length: nFft / 2 + 1 }, (_, k) => {
      const f = (k * sr) / nFft;
      return scale * Math.max(0, Math.min((f - left) / (centre - left), (right - f) / (right - centre)));
    });
  });
}

/** Bands of |X|^power, one row for each frame. */
export function melSpectrogram(y: Float32Array, bank: Bank, hopLength: number, power = 1, center = false): number[][] {
  const filters = melFilterBank(bank);
  return spectrogram(y, bank.nFft, hopLength, power, center).map((bins) =>
    filters.map((weights) => weights.reduce((sum, weight, k) => sum + weight * bins[k], 0)),
  );
}

/** Natural logarithm of max(mel, aMin). */
export function logMel(mel: number[][], aMin: number): number[][] {
  return mel.map((row) => row.map((value) => Math.log(Math.max(value, aMin))));
}
