import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { kernels } from '../src/kernels.ts';
import { PendingValues } from '../src/pending.ts';
import { loadKernels } from '../src/runtime/node.ts';

beforeAll(async () => {
  await loadKernels();
});

const valuesOf = (pending: PendingValues) => [...kernels().readF32(pending.pointer, pending.length)];

it('behaves as an array that grows at the end and shrinks at the front', () => {
  const step = fc.oneof(
    fc.array(fc.integer({ min: -99, max: 99 })).map((values) => ({ values })),
    fc.nat(30).map((length) => ({ length })),
    fc.nat(30).map((drop) => ({ drop })),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const pending = new PendingValues(kernels());
      let model: number[] = [];
      for (const part of steps) {
        if ('values' in part) {
          expect(pending.append(Float32Array.from(part.values), 99)).toBe(true);
          model.push(...part.values);
        } else if ('length' in part) {
          pending.pad(part.length);
          while (model.length < part.length) model.push(0);
        } else {
          pending.drop(part.drop);
          model = model.slice(part.drop);
        }
        expect(pending.length).toBe(model.length);
        expect(valuesOf(pending)).toEqual(model);
      }
      pending.dispose();
    }),
    { seed: 1 },
  );
});

it('takes none of a block with a value that is beyond the limit, infinite or NaN', () => {
  const pending = new PendingValues(kernels());
  pending.append(Float32Array.of(1, 2), 10);
  for (const bad of [11, -11, Number.POSITIVE_INFINITY, Number.NaN]) {
    expect(pending.append(Float32Array.of(3, bad), 10)).toBe(false);
    expect(valuesOf(pending)).toEqual([1, 2]);
  }
  pending.dispose();
});
