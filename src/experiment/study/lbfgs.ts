/** Minimises a smooth function by limited-memory BFGS. J. Nocedal, S. Wright, "Numerical optimization" (2nd ed., algorithm 7.5). */

/** Options of `minimise`. */
export interface MinimiseOptions {
  /** Ends where no element of the gradient is larger; 1e-5. */
  tolerance?: number;
  /** Ends after so many steps; 500. */
  maxIterations?: number;
  /** Pairs of steps and gradients' changes that are remembered; 10. */
  memory?: number;
}

const dot = (a: Float64Array, b: Float64Array) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};
const largest = (a: Float64Array) => a.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** What a step taught: the step, the gradient's change, and 1 over their product. */
interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
  readonly rho: number;
}

/** Minus the gradient, in the metric that the pairs know. */
function direction(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const d = gradient.map((value) => -value);
  const alphas = new Float64Array(pairs.length);
  for (let m = pairs.length - 1; m >= 0; m--) {
    const { s, y, rho } = pairs[m];
    alphas[m] = rho * dot(s, d);
    for (let i = 0; i < d.length; i++) d[i] -= alphas[m] * y[i];
  }
  const last = pairs.at(-1);
  if (last) {
    const scale = 1 / (last.rho * dot(last.y, last.y));
    for (let i = 0; i < d.length; i++) d[i] *= scale;
  }
  for (let m = 0; m < pairs.length; m++) {
    const { s, y, rho } = pairs[m];
    const beta = alphas[m] - rho * dot(y, d);
    for (let i = 0; i < d.length; i++) d[i] += beta * s[i];
  }
  return d;
}

/**
 * Finds a minimum of a convex function from `x`, by steps that are halved until the function falls enough (Armijo's condition).
 *
 * @param evaluate fills the gradient and returns the value at a point
 * @param x the start; holds the best point at the end
 * @returns the value there, the steps made, and whether the tolerance was reached
 */
export function minimise(
  evaluate: (x: Float64Array, gradient: Float64Array) => number,
  x: Float64Array,
  { tolerance = 1e-5, maxIterations = 500, memory = 10 }: MinimiseOptions = {},
): { value: number; iterations: number; converged: boolean } {
  let gradient = new Float64Array(x.length);
  let value = evaluate(x, gradient);
  const pairs: Pair[] = [];
  for (let iterations = 0; ; iterations++) {
    const size = largest(gradient);
    if (size <= tolerance) return { value, iterations, converged: true };
    if (iterations === maxIterations) return { value, iterations, converged: false };
    const d = direction(gradient, pairs);
    const slope = dot(gradient, d);
    // Without a metric yet, the first step is at most 1 long.
    let step = pairs.length > 0 ? 1 : Math.min(1, 1 / Math.sqrt(dot(d, d)));
    const next = new Float64Array(x.length);
    const nextGradient = new Float64Array(x.length);
    let nextValue = Infinity;
    for (let halvings = 0; ; halvings++, step /= 2) {
      // At the end of the digits no step makes the function fall: this is the minimum.
      if (halvings === 40) return { value, iterations, converged: false };
      for (let i = 0; i < x.length; i++) next[i] = x[i] + step * d[i];
      nextValue = evaluate(next, nextGradient);
      if (nextValue <= value + 1e-4 * step * slope) break;
    }
    const s = next.map((after, i) => after - x[i]);
    const y = nextGradient.map((after, i) => after - gradient[i]);
    const curvature = dot(s, y);
    if (curvature > 0) pairs.push({ s, y, rho: 1 / curvature });
    if (pairs.length > memory) pairs.shift();
    x.set(next);
    gradient = nextGradient;
    value = nextValue;
  }
}
