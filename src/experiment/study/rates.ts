/**
 * Steps down a gradient: the constant rate of the paper, AdaGrad, and Adam. Each is made for one list of parameters, whose
 * memory it holds; sums are float64, weights float32. Only `+ - * /` and the square root: the same bits everywhere.
 */

/** Moves parameters, in place, by gradients of the same sizes. */
export interface Rates {
  step(parameters: readonly Float32Array[], gradients: readonly Float32Array[]): void;
}

/** Plain gradient descent: `p -= rate * g`. */
export function constantRate(rate: number): Rates {
  return {
    step(parameters, gradients) {
      parameters.forEach((p, l) => {
        const g = gradients[l];
        for (let i = 0; i < p.length; i++) p[i] -= rate * g[i];
      });
    },
  };
}

/**
 * AdaGrad, a rate for each parameter that falls with what its gradients were: `s += g^2`, `p -= rate * g / (sqrt(s) + epsilon)`. J. Duchi,
 * E. Hazan, Y. Singer, "Adaptive subgradient methods" (JMLR 2011), the diagonal form, as `torch.optim.Adagrad`.
 */
export function adaGrad(rate: number, epsilon = 1e-10): Rates {
  let sums: Float64Array[] | undefined;
  return {
    step(parameters, gradients) {
      sums ??= parameters.map((p) => new Float64Array(p.length));
      for (let l = 0; l < parameters.length; l++) {
        const [p, g, s] = [parameters[l], gradients[l], sums[l]];
        for (let i = 0; i < p.length; i++) {
          if (g[i] === 0) continue;
          s[i] += g[i] * g[i];
          p[i] -= (rate * g[i]) / (Math.sqrt(s[i]) + epsilon);
        }
      }
    },
  };
}

/**
 * Adam: means of the gradients and of their squares that forget, corrected for their start at 0. D. Kingma, J. Ba, "Adam: a method for
 * stochastic optimization" (ICLR 2015), algorithm 1, as `torch.optim.Adam`.
 */
export function adam(rate: number, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8): Rates {
  let means: Float64Array[] | undefined;
  let squares: Float64Array[] | undefined;
  let [power1, power2] = [1, 1];
  return {
    step(parameters, gradients) {
      means ??= parameters.map((p) => new Float64Array(p.length));
      squares ??= parameters.map((p) => new Float64Array(p.length));
      power1 *= beta1;
      power2 *= beta2;
      for (let l = 0; l < parameters.length; l++) {
        const [p, g, m, v] = [parameters[l], gradients[l], means[l], squares[l]];
        for (let i = 0; i < p.length; i++) {
          m[i] = beta1 * m[i] + (1 - beta1) * g[i];
          v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
          p[i] -= (rate * (m[i] / (1 - power1))) / (Math.sqrt(v[i] / (1 - power2)) + epsilon);
        }
      }
    },
  };
}
