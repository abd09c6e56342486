// What browsers do beside job.js: frames that an AudioWorklet makes while sound plays, with the bits of the whole signal's.
import { logMelSpectrogram, Matrix, resample } from 'tunespace';
import { MelProcessor } from 'tunespace/melprocessor';
import { digestOf } from './job.js';

/** The digest of the frames; `options` are those of `MelProcessor.create`. Load the kernels first. */
export async function live(options) {
  const sampleRate = 44100;
  const samples = Float32Array.from({ length: sampleRate }, (_, i) => ((i % 147) - 73) / 256);
  const context = new OfflineAudioContext(1, samples.length, sampleRate);
  const mel = await MelProcessor.create(context, options);
  const buffer = new AudioBuffer({ length: samples.length, numberOfChannels: 1, sampleRate });
  buffer.copyToChannel(samples, 0);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(mel.node);
  source.start();
  const blocks = [];
  const reading = (async () => {
    for await (const { frames } of mel) blocks.push(frames);
  })();
  await context.startRendering();
  await reading;
  const digest = await digestOf([Matrix.concatenate(blocks).data]);
  const whole = logMelSpectrogram(resample(samples, { origSr: sampleRate, targetSr: 22050 }), { sr: 22050 });
  if (digest !== (await digestOf([whole.data]))) throw new Error('live frames are not those of the whole signal');
  return digest;
}
