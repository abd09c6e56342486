/** Banks of triangular Mel filters: resident bands of weights for the kernels, and matrices for people. */
import { type Block, kernels } from '../kernels.ts';
import { Matrix } from '../matrix.ts';
import { checkOptions } from '../options.ts';
import { checkFraming, FRAMING_DEFAULTS } from '../stft/framing.ts';
import { BANK_DEFAULTS, type Checked, checkBank, type MelFilterBankOptions } from './options.ts';

/** A bank of filters as bands of non-zero weights, resident in wasm memory. Whoever makes it owns it. */
export class MelBands {
  readonly #kernels = kernels();
  readonly #bands: Block;
  /** What to tell the caller, if filters are empty. */
  readonly warning: string | undefined;

  /** @param options checked */
  constructor(readonly options: Checked<MelFilterBankOptions>) {
    const { sr, nFft, nMels, fMin, fMax, htk, norm } = options;
    this.#bands = this.#kernels.allocate(this.#kernels.exports.melBandsSize(nFft, nMels));
    this.#kernels.run((k, { reserve }) => {
      const edges = reserve(8 * (nMels + 2));
      k.melFrequencies(edges, fMin, fMax, htk, nMels + 2);
      k.melBands(this.#bands.pointer, edges, sr, norm === 'slaney', nFft, nMels);
    });
    this.warning = this.#describeEmpty();
  }

  /** Byte offset of the bands. @throws KernelsError after `dispose` */
  get pointer(): number {
    return this.#bands.pointer;
  }

  dispose(): void {
    this.#bands.dispose();
  }

  /** Non-zero weights of each filter, and the bin of the first one. */
  #filters(): { from: number; weights: Float32Array }[] {
    const { nMels } = this.options;
    const [first, ...counts] = this.#kernels.readI32(this.pointer, nMels + 2);
    const total = counts.reduce((sum, count) => sum + count, 0);
    // For each bin the weight in the filter that falls there, then in the one that rises.
    const pairs = this.#kernels.readF32(this.pointer + 4 * (nMels + 2), 2 * total);
    let begin = 0;
    return Array.from({ length: nMels }, (_, b) => {
      const from = begin;
      const peak = from + counts[b];
      const weights = Float32Array.from({ length: counts[b] + counts[b + 1] }, (_, i) =>
        from + i < peak ? pairs[2 * (from + i) + 1] : pairs[2 * (from + i)],
      ).filter((weight) => weight > 0);
      begin = peak;
      return { from: first + from, weights };
    });
  }

  #describeEmpty(): string | undefined {
    const { sr, nFft, nMels, htk } = this.options;
    const empty = this.#filters().flatMap(({ weights }, b) => (weights.length === 0 ? [b] : []));
    if (empty.length === 0) return undefined;
    const shown = empty.slice(0, 5).join(', ') + (empty.length > 5 ? ', ...' : '');
    return (
      `Empty filters detected in mel frequency basis: ${empty.length} of ${nMels} (${shown}) lie between two bins of ` +
      `nFft = ${nFft} at sr = ${sr} Hz. These channels will produce empty responses. Try increasing nFft or your ` +
      `sampling rate (and fMax), or reducing nMels${htk ? ', or htk = false' : ''}.`
    );
  }

  /** The bank in full, `(nMels, 1 + nFft / 2)`. */
  toMatrix(): Matrix {
    const { nFft, nMels } = this.options;
    const bins = 1 + nFft / 2;
    const data = new Float32Array(nMels * bins);
    this.#filters().forEach(({ from, weights }, b) => {
      data.set(weights, b * bins + from);
    });
    return new Matrix(data, nMels, bins);
  }
}

/**
 * A bank of triangular Mel filters (librosa's `filters.mel`).
 *
 * @returns weights `(nMels, 1 + nFft / 2)`
 * @throws ParameterError on options that will not do
 */
export function melFilterBank(options: MelFilterBankOptions): Matrix {
  const where = 'melFilterBank';
  const checked = checkBank(where, checkOptions(where, options, BANK_DEFAULTS));
  checkFraming(where, { ...FRAMING_DEFAULTS, nFft: checked.nFft });
  const bands = new MelBands(checked);
  try {
    if (bands.warning) checked.onWarning(`${where}: ${bands.warning}`);
    return bands.toMatrix();
  } finally {
    bands.dispose();
  }
}
