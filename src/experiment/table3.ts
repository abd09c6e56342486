/** Table 3: the nearest classes of other collections in the joint embedding of all genre collections (L1 on W). */
import type { Wsabie } from '../wsabie.ts';
import type { NearestClassesResult } from './results.ts';

/** Table 3; empty where there is one collection only, since classes are compared across collections. */
export function nearestClasses(joint: Wsabie, k = 5): NearestClassesResult[] {
  if (joint.datasets_.length < 2) return [];
  return joint.nearestClasses({ k }).map(({ dataset, label, neighbours }) => ({
    dataset,
    label,
    neighbours: neighbours.map((near) => ({ dataset: near.dataset, label: near.label, distance: near.distance })),
  }));
}
