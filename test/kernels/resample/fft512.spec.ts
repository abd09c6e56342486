import { forward512, inverse512, placeOf, SPECTRUM, TWIDDLES, twiddles512 } from "../../../assembly/resample/fft512";

const N: i32 = 512;

function pointer(values: StaticArray<f32>): usize {
  return changetype<usize>(values);
}

/** 512 real parts, then 512 imaginary ones. */
function values(): StaticArray<f32> {
  const x = new StaticArray<f32>(2 * N);
  let state: u32 = 7;
  for (let i = 0; i < 2 * N; i++) {
    state = 1664525 * state + 1013904223;
    x[i] = <f32>((<f64>(state >> 16) / 65536 - 0.5) * 2);
  }
  return x;
}

function twiddles(): StaticArray<f32> {
  const w = new StaticArray<f32>(<i32>(TWIDDLES >> 2));
  twiddles512(pointer(w));
  return w;
}

function spectrumOf(x: StaticArray<f32>): StaticArray<f32> {
  const out = new StaticArray<f32>(<i32>(SPECTRUM >> 2));
  const work = new StaticArray<f32>(<i32>(SPECTRUM >> 2));
  forward512(pointer(out), pointer(x), pointer(x) + (N << 2), pointer(work), pointer(twiddles()));
  return out;
}

describe("placeOf", () => {
  test("gives each bin a place of its own", () => {
    const taken = new StaticArray<bool>(N);
    for (let k = 0; k < N; k++) taken[placeOf(k)] = true;
    for (let k = 0; k < N; k++) expect<bool>(taken[k]).toBe(true);
  });
});

describe("forward512", () => {
  test("is the Fourier transform, bins where placeOf says", () => {
    const x = values();
    const spectrum = spectrumOf(x);
    let worst: f64 = 0;
    for (let k = 0; k < N; k++) {
      let real: f64 = 0;
      let imaginary: f64 = 0;
      for (let i = 0; i < N; i++) {
        const angle = (2 * Math.PI * <f64>((k * i) % N)) / <f64>N;
        real += <f64>x[i] * Math.cos(angle) + <f64>x[N + i] * Math.sin(angle);
        imaginary += <f64>x[N + i] * Math.cos(angle) - <f64>x[i] * Math.sin(angle);
      }
      worst = max(worst, Math.abs(<f64>spectrum[placeOf(k)] - real));
      worst = max(worst, Math.abs(<f64>spectrum[N + placeOf(k)] - imaginary));
    }
    // Values of a bin have a standard deviation of 18.
    expect<bool>(worst < 1e-5).toBe(true);
  });

  test("may write over what it reads", () => {
    const x = values();
    const expected = spectrumOf(x);
    const work = new StaticArray<f32>(<i32>(SPECTRUM >> 2));
    forward512(pointer(x), pointer(x), pointer(x) + (N << 2), pointer(work), pointer(twiddles()));
    for (let i = 0; i < 2 * N; i++) expect<f32>(x[i]).toBe(expected[i]);
  });
});

describe("inverse512", () => {
  test("undoes it, 512 times over, as far as it is asked to", () => {
    const x = values();
    const spectrum = spectrumOf(x);
    const work = new StaticArray<f32>(<i32>(SPECTRUM >> 2));
    const a = new StaticArray<f32>(N);
    const b = new StaticArray<f32>(N);
    inverse512(pointer(a), pointer(b), 300, pointer(spectrum), pointer(work), pointer(twiddles()));
    let worst: f64 = 0;
    for (let i = 0; i < 300; i++) {
      worst = max(worst, Math.abs(<f64>a[i] / <f64>N - <f64>x[i]));
      worst = max(worst, Math.abs(<f64>b[i] / <f64>N - <f64>x[N + i]));
    }
    expect<bool>(worst < 1e-6).toBe(true);
    for (let i = 300; i < N; i++) expect<bool>(a[i] == 0 && b[i] == 0).toBe(true);
  });
});
