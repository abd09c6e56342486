import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FLACDecoder } from '@wasm-audio-decoders/flac';
import { beforeAll, describe, expect, it } from 'vitest';
import { Matrix } from '../../src/matrix.ts';
import { LogMel, logMelSpectrogram } from '../../src/mel.ts';
import { loadKernels } from '../../src/runtime/node.ts';
import { type Bank, logMel, melSpectrogram } from '../reference/mel.ts';

// Real music, where TUNESPACE_DATA names its folder: clips at 22 050 Hz, one folder a genre.
const folder = join(process.env.TUNESPACE_DATA ?? '', 'gtzan-mini');
const clips =
  process.env.TUNESPACE_DATA && existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.flac'))
    : [];

const paper: Bank = { sr: 22050, nFft: 1024, nMels: 200, fMin: 0, fMax: 11025, htk: false, norm: 'slaney' };

async function decodeFlac(path: string): Promise<Float32Array> {
  const decoder = new FLACDecoder();
  await decoder.ready;
  try {
    return (await decoder.decodeFile(new Uint8Array(readFileSync(path)))).channelData[0];
  } finally {
    decoder.free();
  }
}

describe('log-Mel frames of real music', () => {
  beforeAll(() => loadKernels());

  it.skipIf(clips.length === 0)('are within 2e-6 of the float64 twin, and the same bits as a stream', async () => {
    let worst = 0;
    for (const clip of clips.filter((_, i) => i % 4 === 0)) {
      const y = await decodeFlac(join(folder, clip));
      const frames = logMelSpectrogram(y, { sr: 22050 });
      for (let t = 0; t < frames.rows; t += 50) {
        const [expected] = logMel(melSpectrogram(y.slice(t * 512, t * 512 + 1024), paper, 512), 1e-5);
        for (let b = 0; b < 200; b++) worst = Math.max(worst, Math.abs(frames.row(t)[b] - expected[b]));
      }
      using stream = new LogMel({ sr: 22050 });
      const parts = [];
      for (let i = 0; i < y.length; i += 4099) parts.push(stream.push(y.subarray(i, i + 4099)));
      expect(Matrix.concatenate([...parts, stream.flush()]).data).toEqual(frames.data);
    }
    expect(worst).toBeLessThan(2e-6);
  });
});
