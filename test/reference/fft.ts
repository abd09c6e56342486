/** The plain float64 twin of assembly/fft.ts: the discrete Fourier transform as it is defined. */

/** Real and imaginary part of bins 0 to n/2. */
export interface Spectrum {
  real: Float64Array;
  imag: Float64Array;
}

/** X[k] = sum over t of x[t] exp(-2 pi i k t / n), for k = 0 ... n/2. */
export function rfft(x: ArrayLike<number>): Spectrum {
  const n = x.length;
  const turns = Float64Array.from({ length: n }, (_, i) => (2 * Math.PI * i) / n);
  const cos = turns.map(Math.cos);
  const sin = turns.map(Math.sin);
  const real = new Float64Array(n / 2 + 1);
  const imag = new Float64Array(n / 2 + 1);
  for (let k = 0; k <= n / 2; k++) {
    for (let t = 0; t < n; t++) {
      real[k] += x[t] * cos[(k * t) % n];
      imag[k] -= x[t] * sin[(k * t) % n];
    }
  }
  return { real, imag };
}
