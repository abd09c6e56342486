/** A map with one hidden layer of rectified units, or with none, and its gradient by the chain rule. */
import type { RandomState } from '../../random.ts';
import { columnSums, product, transpose } from './dense.ts';

/** Widths of a network. `nHidden` 0 is a linear map; `bias` says whether the outputs have one of their own. */
export interface Shape {
  readonly nIn: number;
  readonly nHidden: number;
  readonly nOut: number;
  readonly bias: boolean;
}

/** What one pass gives: outputs `z` `(n, nOut)` and, where there is a hidden layer, its values `h` `(n, nHidden)`. */
export interface Pass {
  readonly h: Float32Array;
  readonly z: Float32Array;
}

/** `nIn * columns` normal numbers of variance `gain / nIn`. */
function normals(random: RandomState, nIn: number, columns: number, gain: number): Float32Array {
  const deviation = Math.sqrt(gain / nIn);
  return random.normal(nIn * columns).map((value) => value * deviation);
}

/**
 * The parameters that training starts from: what leads to rectified units has variance `2 / nIn` (He et al. 2015, as the units
 * let half of it through), what leads to outputs `1 / nIn` (the paper's maps, DESIGN.md section 2); biases are 0.
 */
export function startParameters({ nIn, nHidden, nOut, bias }: Shape, random: RandomState): Float32Array[] {
  const last = bias ? [new Float32Array(nOut)] : [];
  if (nHidden === 0) return [normals(random.split(1), nIn, nOut, 1), ...last];
  const first = [normals(random.split(0), nIn, nHidden, 2), new Float32Array(nHidden)];
  return [...first, normals(random.split(1), nHidden, nOut, 1), ...last];
}

/**
 * `z = V^T h (+ c)` with `h = max(0, A^T x + b)`, or `z = V^T x (+ c)` without a hidden layer.
 *
 * Parameters are `[A (nIn, nHidden), b, V (nHidden, nOut), c]`: feature-major, the weights of one input contiguous, without
 * `A` and `b` where there is no hidden layer and without `c` where outputs have no bias.
 */
export class Network {
  /** @param parameters held, not copied: steps change them in place */
  constructor(
    readonly shape: Shape,
    readonly parameters: readonly Float32Array[],
  ) {}

  /** The weights that lead to the outputs, `(nHidden or nIn, nOut)`. */
  get last(): Float32Array {
    return this.parameters[this.shape.nHidden > 0 ? 2 : 0];
  }

  /** Maps rows `x` `(n, nIn)`. */
  forward(x: Float32Array): Pass {
    const { nIn, nHidden, nOut, bias } = this.shape;
    const c = bias ? this.parameters.at(-1) : undefined;
    if (nHidden === 0) return { h: x, z: product(x, this.last, nIn, nOut, c) };
    const h = product(x, this.parameters[0], nIn, nHidden, this.parameters[1]);
    for (let i = 0; i < h.length; i++) if (!(h[i] > 0)) h[i] = 0;
    return { h, z: product(h, this.last, nHidden, nOut, c) };
  }

  /**
   * The gradient of a loss by the parameters, summed over the rows.
   *
   * @param x the rows `(n, nIn)`
   * @param h what `forward` gave for them
   * @param dz the loss's gradient by the outputs, `(n, nOut)`
   */
  gradients(x: Float32Array, h: Float32Array, dz: Float32Array): Float32Array[] {
    const { nIn, nHidden, nOut, bias } = this.shape;
    const n = dz.length / nOut;
    const last = bias ? [columnSums(dz, nOut)] : [];
    const dV = product(transpose(h, nHidden || nIn), dz, n, nOut);
    if (nHidden === 0) return [dV, ...last];
    const dh = product(dz, transpose(this.last, nOut), nOut, nHidden);
    for (let i = 0; i < dh.length; i++) if (h[i] === 0) dh[i] = 0;
    return [product(transpose(x, nIn), dh, n, nHidden), columnSums(dh, nHidden), dV, ...last];
  }
}
