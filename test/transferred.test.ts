/** Memory that was given away (to a worker, say) looks empty: whoever uses it again is told so, and gets no numbers. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import * as tunespace from '../src/index.ts';
import { loadKernels } from '../src/runtime/node.ts';

const {
  Aggregator,
  aggregate,
  decode,
  decodeSafetensors,
  decodeStream,
  detectFormat,
  encodeSafetensors,
  extract,
  LinearClassifier,
  LogMel,
  logMelSpectrogram,
  Matrix,
  meanRow,
  melSpectrogram,
  NearestNeighbors,
  ParameterError,
  Resampler,
  resample,
  spectrogram,
  stft,
  Wsabie,
} = tunespace;

/** What `value` is after its memory has gone to another thread. */
function sent<T extends ArrayBuffer | ArrayBufferView>(value: T): T {
  const memory = (ArrayBuffer.isView(value) ? value.buffer : value) as ArrayBuffer;
  structuredClone(memory, { transfer: [memory] });
  return value;
}
function sentMatrix(rows: number, columns: number): InstanceType<typeof Matrix> {
  const matrix = new Matrix(new Float32Array(rows * columns).fill(1), rows, columns);
  sent(matrix.data);
  return matrix;
}
const y = () => sent(new Float32Array(4096));
const bytes = () => sent(new Uint8Array(4096));
const two = Matrix.fromRows([
  [0, 1],
  [1, 0],
]);
async function* chunks() {
  yield bytes();
}

const uses: Record<string, () => unknown> = {
  loadKernels: () => loadKernels(bytes()),
  'loadKernels, ArrayBuffer': () => loadKernels(sent(new ArrayBuffer(8))),
  decode: () => decode(bytes()),
  'decode, ArrayBuffer': () => decode(sent(new ArrayBuffer(8))),
  decodeStream: () => decodeStream(chunks())[Symbol.asyncIterator]().next(),
  detectFormat: () => detectFormat(bytes()),
  'extract, bytes': () => extract(bytes()),
  'extract, samples': () => extract({ y: y(), sr: 22050 }),
  resample: () => resample(y(), { origSr: 44100, targetSr: 22050 }),
  'Resampler.push': () => new Resampler({ origSr: 44100, targetSr: 22050 }).push(y()),
  stft: () => stft(y()),
  spectrogram: () => spectrogram(y()),
  melSpectrogram: () => melSpectrogram(y(), { sr: 22050 }),
  logMelSpectrogram: () => logMelSpectrogram(y(), { sr: 22050 }),
  'LogMel.push': () => new LogMel({ sr: 22050 }).push(y()),
  Matrix: () => new Matrix(y(), 0, 1),
  'Matrix.row': () => sentMatrix(3, 2).row(0),
  'Matrix.slice': () => sentMatrix(3, 2).slice(0, 1),
  'Matrix.take': () => sentMatrix(3, 2).take([1]),
  'Matrix.concatenate': () => Matrix.concatenate([two, sentMatrix(3, 2)]),
  aggregate: () => aggregate(sentMatrix(70, 2)),
  'Aggregator.push': () => new Aggregator().push(sentMatrix(70, 2)),
  meanRow: () => meanRow(sentMatrix(3, 2)),
  'NearestNeighbors.fit': () => new NearestNeighbors().fit(sentMatrix(3, 2)),
  'NearestNeighbors.kNeighbors': () => new NearestNeighbors({ nNeighbors: 1 }).fit(two).kNeighbors(sentMatrix(3, 2)),
  'NearestNeighbors.fromBytes': () => NearestNeighbors.fromBytes(bytes()),
  'LinearClassifier.fit': () => new LinearClassifier().fit(sentMatrix(2, 2), ['a', 'b']),
  'LinearClassifier.predict': () => new LinearClassifier().fit(two, ['a', 'b']).predict(sentMatrix(2, 2)),
  'Wsabie.fit': () =>
    new Wsabie().fit({ name: 'set', tracks: ['a', 'b'].map((label) => ({ X: sentMatrix(5, 2), labels: [label] })) }),
  'Wsabie.fromBytes': () => Wsabie.fromBytes(bytes()),
  decodeSafetensors: () => decodeSafetensors(bytes()),
  encodeSafetensors: () => encodeSafetensors({ y: { dtype: 'F32', shape: [0], data: y() } }),
};

describe('memory that was transferred', () => {
  beforeAll(() => loadKernels(readFileSync('build/tunespace.wasm')));

  it.each(Object.keys(uses))('is refused by %s', async (name) => {
    const error = await Promise.resolve()
      .then(uses[name])
      .then(
        () => expect.unreachable('it was taken'),
        (reason) => reason,
      );
    expect(error).toBeInstanceOf(ParameterError);
    expect(error.message).toMatch(/^[\w.]+: .*was transferred to another thread .*give a copy/);
  });

  it('is told from what is merely empty', () => {
    expect(() => new Matrix(new Float32Array(0), 0, 1)).not.toThrow();
    expect(detectFormat(new ArrayBuffer(0))).toBeUndefined();
  });
});
