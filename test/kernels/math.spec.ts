import { cosTurn, exponential, logFour, naturalLog, sinHalfTurns, sinTurn } from "../../assembly/math";

/** The largest distance, in units in the last place, of lane logarithms to float64 ones, over steps of the bit pattern. */
function worstLog(from: u32, to: u32, step: u32): f64 {
  const lanes = new StaticArray<f32>(4);
  const at = changetype<usize>(lanes);
  let worst: f64 = 0;
  for (let bits = from; bits < to; bits += step) {
    const x = reinterpret<f32>(bits);
    v128.store(at, logFour(f32x4.splat(x)));
    const exact = Math.log(<f64>x);
    const rounded = <f32>Math.abs(exact);
    const ulp = <f64>reinterpret<f32>(reinterpret<u32>(rounded) + 1) - <f64>rounded;
    worst = max(worst, Math.abs(<f64>lanes[2] - exact) / ulp);
  }
  return worst;
}

describe("logFour", () => {
  test("is within one unit in the last place over all normal numbers", () => {
    expect<bool>(worstLog(0x00800000, 0x7f7fffff, 104729) < 1).toBe(true);
  });

  test("and near 1, where the logarithm is small", () => {
    expect<bool>(worstLog(0x3f7f0000, 0x3f810000, 7) < 1).toBe(true);
  });

  test("is exact at 1, and takes each lane for itself", () => {
    const lanes = new StaticArray<f32>(4);
    v128.store(changetype<usize>(lanes), logFour(f32x4(1, 2, 0.5, 1e-5)));
    expect<f32>(lanes[0]).toBe(0);
    expect<f32>(lanes[1]).toBe(<f32>0.6931471805599453);
    expect<f32>(lanes[2]).toBe(<f32>-0.6931471805599453);
    expect<f32>(lanes[3]).toBe(<f32>-11.512925464970229);
  });
});

describe("cosTurn and sinTurn", () => {
  test("are exact at quarter turns", () => {
    expect<f64>(cosTurn(0, 64)).toBe(1);
    expect<f64>(cosTurn(16, 64)).toBe(0);
    expect<f64>(cosTurn(32, 64)).toBe(-1);
    expect<f64>(cosTurn(48, 64)).toBe(0);
    expect<f64>(cosTurn(64, 64)).toBe(1);
    expect<f64>(sinTurn(0, 64)).toBe(0);
    expect<f64>(sinTurn(16, 64)).toBe(1);
    expect<f64>(sinTurn(48, 64)).toBe(-1);
  });

  test("agree with the functions themselves, and are mirrored bit for bit", () => {
    const n = 4096;
    let worst: f64 = 0;
    let mirrored = true;
    for (let k = 0; k <= n; k++) {
      const angle = (2 * Math.PI * <f64>k) / <f64>n;
      worst = max(worst, Math.abs(cosTurn(k, n) - Math.cos(angle)));
      worst = max(worst, Math.abs(sinTurn(k, n) - Math.sin(angle)));
      mirrored = mirrored && cosTurn(k, n) == cosTurn(n - k, n) && sinTurn(k, n) == -sinTurn(n - k, n);
    }
    expect<bool>(worst < 1e-15).toBe(true);
    expect<bool>(mirrored).toBe(true);
  });
});

describe("sinHalfTurns", () => {
  test("is exact at half turns, odd, and agrees with the sine between them", () => {
    let worst: f64 = 0;
    for (let i = 0; i <= 4000; i++) {
      const x = <f64>i / 160;
      worst = max(worst, Math.abs(sinHalfTurns(x) - Math.sin(Math.PI * x)));
      expect<f64>(sinHalfTurns(-x)).toBe(-sinHalfTurns(x));
    }
    expect<bool>(worst < 1e-14).toBe(true);
    for (let i = 0; i < 9; i++) expect<f64>(Math.abs(sinHalfTurns(<f64>i))).toBe(0);
    expect<f64>(sinHalfTurns(0.5)).toBe(1);
    expect<f64>(sinHalfTurns(1.5)).toBe(-1);
    expect<f64>(sinHalfTurns(2.5)).toBe(1);
  });
});

describe("naturalLog", () => {
  test("is within a unit in the last place of another one, over all magnitudes and near 1", () => {
    let worst: f64 = 0;
    for (let i = 1; i < 40_000; i++) {
      const wide = reinterpret<f64>((<u64>i * 0x7fe0000000000000) / 40_000 + <u64>i * 0x10001);
      const x = i & 1 ? wide : 1 + (<f64>i - 20_000) * 1e-5;
      if (x < 2.3e-308 || x == 1) continue;
      const expected = Math.log(x);
      const ulp = reinterpret<f64>((reinterpret<u64>(expected) & 0x7fffffffffffffff) + 1) - Math.abs(expected);
      worst = max(worst, Math.abs(naturalLog(x) - expected) / ulp);
    }
    expect<bool>(worst <= 1).toBe(true);
    expect<f64>(naturalLog(1)).toBe(0);
  });
});

describe("exponential", () => {
  test("is within a unit in the last place of another one, up to where it overflows and down to where it is not normal", () => {
    let worst: f64 = 0;
    for (let i = -70_800; i < 70_970; i++) {
      const x = <f64>i / 100 + <f64>(i & 7) * 1.1e-3;
      const expected = Math.exp(x);
      const ulp = reinterpret<f64>(reinterpret<u64>(expected) + 1) - expected;
      worst = max(worst, Math.abs(exponential(x) - expected) / ulp);
    }
    expect<bool>(worst <= 1).toBe(true);
    expect<f64>(exponential(0)).toBe(1);
    expect<f64>(exponential(-0.0)).toBe(1);
    expect<f64>(exponential(1e-300)).toBe(1);
  });

  test("has the ends of its range", () => {
    expect<f64>(exponential(710)).toBe(Infinity);
    expect<f64>(exponential(Infinity)).toBe(Infinity);
    expect<f64>(exponential(-746)).toBe(0);
    expect<f64>(exponential(-Infinity)).toBe(0);
    expect<bool>(Math.abs(exponential(-740) - Math.exp(-740)) <= reinterpret<f64>(1)).toBe(true);
  });
});
