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

  /** The first bin and the number of bins of each band, one after the other. */
  #ranges(): Int32Array {
    return this.#kernels.readI32(this.pointer, 2 * this.options.nMels);
  }

  #describeEmpty(): string | undefined {
    const { sr, nFft, nMels, htk } = this.options;
    const ranges = this.#ranges();
    const empty = Array.from({ length: nMels }, (_, b) => b).filter((b) => ranges[2 * b + 1] === 0);
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
    const ranges = this.#ranges();
    let from = this.pointer + 8 * nMels;
    for (let b = 0; b < nMels; b++) {
      const count = ranges[2 * b + 1];
      data.set(this.#kernels.readF32(from, count), b * bins + ranges[2 * b]);
      from += 4 * count;
    }
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
