/** Loads the kernels from each of the sources, in a page or in a worker, and tells what came of it. */
import { loadKernels } from '/build/standalone/tunespace.js';

const SOURCES = {
  own: () => undefined,
  url: (path) => new URL(path, location.origin),
  response: (path) => fetch(path),
  bytes: async (path) => (await fetch(path)).arrayBuffer(),
};

/**
 * @param cases `[how, path]` each, `how` one of SOURCES
 * @returns for each case `loaded`, or the error's name and message
 */
export async function attemptAll(cases) {
  const outcomes = [];
  for (const [how, path] of cases) {
    try {
      await loadKernels(await SOURCES[how](path));
      outcomes.push('loaded');
    } catch (error) {
      outcomes.push(`${error.name}: ${error.message}`);
    }
  }
  return outcomes;
}
