import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PendingValues } from '../src/pending.ts';

it('behaves as an array that grows at the end and shrinks at the front', () => {
  const step = fc.oneof(
    fc.array(fc.integer({ min: -99, max: 99 })).map((values) => ({ values })),
    fc.nat(9).map((zeros) => ({ zeros })),
    fc.nat(30).map((drop) => ({ drop })),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const pending = new PendingValues();
      let model: number[] = [];
      for (const part of steps) {
        if ('values' in part) {
          pending.append(Float32Array.from(part.values));
          model.push(...part.values);
        } else if ('zeros' in part) {
          pending.appendZeros(part.zeros);
          model.push(...new Array(part.zeros).fill(0));
        } else {
          pending.drop(part.drop);
          model = model.slice(part.drop);
        }
        expect(pending.length).toBe(model.length);
        expect([...pending.values]).toEqual(model);
      }
    }),
    { seed: 1 },
  );
});
