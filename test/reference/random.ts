/** Philox4x32-10 and what is drawn from it, with BigInt and plain numbers: slow, and easy to hold against the paper. */

const MASK = 0xffffffffn;

/** One block: Salmon et al. 2011, section 4.3. */
export function philox4x32(counter: readonly bigint[], key: readonly bigint[]): number[] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const p0 = 0xd2511f53n * c0;
    const p1 = 0xcd9e8d57n * c2;
    [c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, p1 & MASK, (p0 >> 32n) ^ c3 ^ k1, p0 & MASK];
    k0 = (k0 + 0x9e3779b9n) & MASK;
    k1 = (k1 + 0xbb67ae85n) & MASK;
  }
  return [c0, c1, c2, c3].map(Number);
}

/** A stream of words: key = seed, counter = (stream, position / 4). */
export class ReferenceRandom {
  constructor(
    readonly seed: bigint,
    readonly stream = 0n,
    public position = 0n,
  ) {}

  word(): number {
    const block = this.position >> 2n;
    const counter = [block & MASK, block >> 32n, this.stream & MASK, this.stream >> 32n];
    const words = philox4x32(counter, [this.seed & MASK, this.seed >> 32n]);
    return words[Number(this.position++ & 3n)];
  }

  /** Lemire 2019, algorithm 5. */
  integer(bound: number): number {
    const s = BigInt(bound);
    const threshold = (MASK + 1n) % s;
    for (;;) {
      const m = BigInt(this.word()) * s;
      if ((m & MASK) >= threshold) return Number(m >> 32n);
    }
  }

  permutation(n: number): number[] {
    const order = Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }

  /** The generator of `RandomState.split`: its stream is the two words at 2^63 + 4 t. */
  split(t: number): ReferenceRandom {
    const name = new ReferenceRandom(this.seed, this.stream, (1n << 63n) + 4n * BigInt(t));
    const low = name.word();
    return new ReferenceRandom(this.seed, (BigInt(name.word()) << 32n) + BigInt(low));
  }

  /** The same stream at another place. */
  at(position: bigint): ReferenceRandom {
    return new ReferenceRandom(this.seed, this.stream, position);
  }
}
