import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../src/errors.ts';
import { decodeNpy, encodeNpy, readNpyHeader } from '../../src/library/npy.ts';
import { Matrix } from '../../src/matrix.ts';
import { makeTree } from './files.ts';

const golden = (name: string) => new Uint8Array(readFileSync(new URL(`../golden/npy/${name}.npy`, import.meta.url)));
const values = Float32Array.from({ length: 15 }, (_, i) => i * 0.25 - 1);

describe('decodeNpy', () => {
  it.each(['f4', 'f8', 'f4-fortran', 'f4-version2', 'f8-fortran-version3'])("reads NumPy's %s", (name) => {
    const matrix = decodeNpy(golden(name));
    expect([matrix.rows, matrix.columns]).toEqual([3, 5]);
    expect(matrix.data).toEqual(values);
  });

  it("reads NumPy's int32 and an array without rows", () => {
    expect(decodeNpy(golden('i4')).data).toEqual(values.map(Math.floor));
    const empty = decodeNpy(golden('empty'));
    expect([empty.rows, empty.columns]).toEqual([0, 5]);
  });

  it('reads from the middle of a buffer that is not aligned', () => {
    const shifted = new Uint8Array(golden('f8').length + 3);
    shifted.set(golden('f8'), 3);
    expect(decodeNpy(shifted.subarray(3)).data).toEqual(values);
    expect(decodeNpy(Buffer.from(golden('f4'))).data).toEqual(values);
  });

  it.each([
    ['f4-big-endian', /">f4"; "<f4"/],
    ['f4-vector', /shape \(5,\); frames are a matrix/],
    ['structured', /"structured"/],
  ])('refuses %s, naming the file and the remedy', (name, message) => {
    expect(() => decodeNpy(golden(name), 'x/y.npy')).toThrow(FormatError);
    expect(() => decodeNpy(golden(name), 'x/y.npy')).toThrow(/^x\/y\.npy: /);
    expect(() => decodeNpy(golden(name), 'x/y.npy')).toThrow(message);
  });

  it('refuses a file that is cut short anywhere, or longer than its header says', () => {
    const whole = golden('f4');
    for (let n = 0; n < whole.length; n++)
      expect(() => decodeNpy(whole.subarray(0, n)), `${n} bytes`).toThrow(FormatError);
    expect(() => decodeNpy(Uint8Array.from([...whole, 0]))).toThrow(/promises 60 bytes of values \(3, 5\), got 61/);
  });

  it.each([
    ["'shape': (99999999999999999999, 5)"],
    ["'shape': (4294967297, 4294967296)"],
    ["'shape': (3, 0)"],
    ["'shape': (-3, 5)"],
    ["'shape': (3, 5"],
    ["'shapes': (3, 5)"],
  ])('refuses a header that lies: %s', (shape) => {
    const text = `{'descr': '<f4', 'fortran_order': False, ${shape}, }`.padEnd(117);
    const bytes = Uint8Array.from([...golden('f4').subarray(0, 10), ...new TextEncoder().encode(`${text}\n`)]);
    expect(() => decodeNpy(Uint8Array.from([...bytes, ...new Uint8Array(60)]))).toThrow(FormatError);
  });

  it('answers any damage with a matrix or a FormatError, never anything else', () => {
    const whole = encodeNpy(new Matrix(values, 3, 5));
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 6 });
    const property = fc.property(damage, fc.nat(whole.length), (edits, length) => {
      const bytes = whole.slice(0, length);
      for (const [at, byte] of edits) if (at < length) bytes[at] = byte;
      try {
        const matrix = decodeNpy(bytes);
        expect(matrix.data.length).toBe(matrix.rows * matrix.columns);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    });
    fc.assert(property, { seed: 1, numRuns: 500 });
  });
});

describe('encodeNpy', () => {
  it("gives NumPy's own bytes", () => {
    expect(encodeNpy(new Matrix(values, 3, 5))).toEqual(golden('f4'));
  });

  it('survives the round trip to the bit, NaN and infinities too', () => {
    const size = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 7 }));
    const property = fc.property(
      size.chain(([rows, columns]) =>
        fc.tuple(
          fc.constant([rows, columns]),
          fc.float32Array({ minLength: rows * columns, maxLength: rows * columns }),
        ),
      ),
      ([[rows, columns], data]) => {
        const bytes = encodeNpy(new Matrix(data, rows, columns));
        const back = decodeNpy(bytes);
        expect([back.rows, back.columns]).toEqual([rows, columns]);
        expect(new Uint8Array(back.data.buffer)).toEqual(new Uint8Array(data.slice().buffer));
        expect((bytes.length - data.byteLength) % 64).toBe(0);
      },
    );
    fc.assert(property, { seed: 2, numRuns: 200 });
  });
});

describe('readNpyHeader', () => {
  it('reads type and shape without the values, and notices a file that was cut short', async () => {
    const root = await makeTree({ 'a.npy': golden('f8-fortran-version3'), 'b.npy': golden('f4').subarray(0, 140) });
    const header = await readNpyHeader(join(root, 'a.npy'));
    expect(header).toMatchObject({ dtype: '<f8', fortranOrder: true, shape: [3, 5] });
    await expect(readNpyHeader(join(root, 'b.npy'))).rejects.toThrow(/b\.npy: its header promises 60 bytes/);
  });
});
