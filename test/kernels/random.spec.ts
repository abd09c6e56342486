import { alloc } from "../../assembly/memory";
import {
  nextInteger,
  nextWord,
  normalQuantile,
  philox4x32,
  RANDOM_STATE,
  randomNormal,
  randomPermutation,
  randomUniform,
  randomWords,
  seek,
} from "../../assembly/random";

const state = alloc(RANDOM_STATE);
const out = alloc(4096);

function word(i: usize): u32 {
  return load<u32>(out + (i << 2));
}

function start(seed: u32, stream: u32): void {
  memory.fill(state, 0, RANDOM_STATE);
  store<u32>(state, seed);
  store<u32>(state, stream, 8);
}

// scipy.special.ndtri, as in test/golden/random; one point in each of the three regions and the two seams.
function near(p: f64, z: f64): void {
  expect<bool>(Math.abs(normalQuantile(p) - z) <= 4e-15 * Math.abs(z)).toBe(true);
  expect<bool>(Math.abs(normalQuantile(1.0 - p) + z) <= 1e-9 * Math.abs(z)).toBe(true);
}

describe("philox4x32", () => {
  // kat_vectors of Random123: philox4x32, 10 rounds.
  test("known answer: zeros", () => {
    philox4x32(out, 0, 0, 0, 0, 0, 0);
    expect<u32>(word(0)).toBe(0x6627e8d5);
    expect<u32>(word(1)).toBe(0xe169c58d);
    expect<u32>(word(2)).toBe(0xbc57ac4c);
    expect<u32>(word(3)).toBe(0x9b00dbd8);
  });

  test("known answer: ones", () => {
    const f: u32 = 0xffffffff;
    philox4x32(out, f, f, f, f, f, f);
    expect<u32>(word(0)).toBe(0x408f276d);
    expect<u32>(word(1)).toBe(0x41c83b0e);
    expect<u32>(word(2)).toBe(0xa20bc7c6);
    expect<u32>(word(3)).toBe(0x6d5451fd);
  });

  test("known answer: digits of pi", () => {
    philox4x32(out, 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0);
    expect<u32>(word(0)).toBe(0xd16cfe09);
    expect<u32>(word(1)).toBe(0x94fdcceb);
    expect<u32>(word(2)).toBe(0x5001e420);
    expect<u32>(word(3)).toBe(0x24126ea1);
  });
});

describe("a state", () => {
  test("gives the same words from any start", () => {
    start(7, 9);
    randomWords(out, state, 50);
    for (let position: u64 = 0; position < 50; position++) {
      seek(state, position);
      expect<u32>(nextWord(state)).toBe(word(<usize>position));
    }
  });

  test("carries its position over 32 bits", () => {
    start(7, 9);
    seek(state, 0xffffffff);
    const last = nextWord(state);
    const next = nextWord(state);
    seek(state, 0x100000000);
    expect<u32>(nextWord(state)).toBe(next);
    expect<bool>(last != next).toBe(true);
  });
});

describe("draws", () => {
  test("integers stay below their bound and reach it", () => {
    start(1, 2);
    seek(state, 0);
    let seen: u32 = 0;
    for (let i = 0; i < 1000; i++) {
      const value = nextInteger(state, 7);
      expect<bool>(value < 7).toBe(true);
      seen |= 1 << value;
    }
    expect<u32>(seen).toBe(127);
  });

  test("uniform numbers are in [0, 1)", () => {
    start(1, 3);
    randomUniform(out, state, 1000);
    let sum: f64 = 0;
    for (let i: usize = 0; i < 1000; i++) {
      const value = load<f32>(out + (i << 2));
      expect<bool>(value >= 0 && value < 1).toBe(true);
      sum += <f64>value;
    }
    expect<bool>(Math.abs(sum / 1000 - 0.5) < 0.03).toBe(true);
  });

  test("normal numbers have mean 0 and variance 1", () => {
    start(1, 4);
    randomNormal(out, state, 1000);
    let sum: f64 = 0;
    let squares: f64 = 0;
    for (let i: usize = 0; i < 1000; i++) {
      const value = <f64>load<f32>(out + (i << 2));
      sum += value;
      squares += value * value;
    }
    expect<bool>(Math.abs(sum / 1000) < 0.1).toBe(true);
    expect<bool>(Math.abs(squares / 1000 - 1) < 0.15).toBe(true);
  });

  test("a permutation holds each number once", () => {
    start(1, 5);
    randomPermutation(out, state, 500);
    let sum: u64 = 0;
    let squares: u64 = 0;
    for (let i: usize = 0; i < 500; i++) {
      sum += word(i);
      squares += <u64>word(i) * <u64>word(i);
    }
    expect<u64>(sum).toBe(124750);
    expect<u64>(squares).toBe(41541750);
  });
});

describe("normalQuantile", () => {
  test("is SciPy's", () => {
    near(1.0 / 8589934592.0, -6.3379577545537895);
    near(1e-9, -5.9978070150076865);
    near(1e-5, -4.264890793922825);
    near(0.01, -2.3263478740408408);
    near(0.07499, -1.4396021182393162);
    near(0.075, -1.4395314709384563);
    near(0.3, -0.5244005127080409);
    expect<f64>(normalQuantile(0.5)).toBe(0);
  });
});
