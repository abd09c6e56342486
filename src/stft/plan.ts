/** The tables of a transform, and the cache of such tables. */
import { type Block, type Kernels, kernels } from '../kernels.ts';

/** Plans kept for calls to come. */
const CACHED_PLANS = 8;

/** The tables of one transform (window, twiddles), resident in wasm memory. Whoever makes it owns it. */
export class StftPlan {
  readonly #tables: Block;
  /** The instance whose memory holds the tables. */
  readonly kernels: Kernels = kernels();

  /** @param nFft checked */
  constructor(nFft: number) {
    this.#tables = this.kernels.allocate(this.kernels.exports.stftPlanSize(nFft));
    this.kernels.exports.stftPlan(this.#tables.pointer, nFft);
  }

  /** Byte offset of the tables. @throws KernelsError after `dispose` */
  get pointer(): number {
    return this.#tables.pointer;
  }

  dispose(): void {
    this.#tables.dispose();
  }
}

/** A few plans kept for the calls to come, the least recently used given up first. The cache owns what it holds. */
export class PlanCache<Plan extends { dispose(): void }> {
  // A plan's tables lie in the memory of one instance of the module and mean nothing in another's.
  readonly #plans = new WeakMap<Kernels, Map<string, Plan>>();

  /** The plan of these settings, made if it is not there. It is good until the next call of `get`. */
  get(settings: object, make: () => Plan): Plan {
    const current = kernels();
    let plans = this.#plans.get(current);
    if (!plans) {
      plans = new Map();
      this.#plans.set(current, plans);
    }
    const key = JSON.stringify(settings);
    const plan = plans.get(key) ?? make();
    plans.delete(key);
    plans.set(key, plan);
    if (plans.size > CACHED_PLANS) {
      const [oldest, unused] = plans.entries().next().value as [string, Plan];
      plans.delete(oldest);
      unused.dispose();
    }
    return plan;
  }
}
