/** The names of output files: they mirror the folders of the inputs, so that no two inputs share one. */
import { isAbsolute, join, parse, relative, sep } from 'node:path';
import { UsageError } from './errors.ts';
import { shown } from './output.ts';

/** Whether a relative path stays below where it starts. */
const staysInside = (path: string) => path !== '' && path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path);

/**
 * Where below the output folder the result of an input goes, without the new ending.
 *
 * With `root`, the path relative to it. Otherwise, for an input below the current folder, the path relative to that; for
 * any other, its absolute path without the drive or leading slash. The input's own ending stays, because `a.wav` and
 * `a.mp3` may lie side by side. The name of one input never depends on the others, so calls one after the other into
 * one folder do not overwrite one another's results.
 *
 * @param path absolute path of the input
 * @throws UsageError when the input is not below `root`
 */
export function mirrored(path: string, cwd: string, root?: string): string {
  if (root !== undefined) {
    const inside = relative(root, path);
    if (staysInside(inside)) return inside;
    throw new UsageError(`${shown(path)} is not below --root ${shown(root)}; give a folder that holds all inputs`);
  }
  const inside = relative(cwd, path);
  if (staysInside(inside)) return inside;
  const drive = parse(path).root;
  return join(drive.replace(/[^A-Za-z0-9_.-]+/g, sep), path.slice(drive.length)).replace(/^[\\/]+/, '');
}

/**
 * The output files of a list of inputs, in their order.
 *
 * @param paths absolute, distinct
 * @param extension with its dot, e.g. `".npy"`
 * @throws UsageError when two inputs would share a name after all (one inside the current folder mirrors one outside)
 */
export function outputFiles(
  paths: readonly string[],
  { out, cwd, root, extension }: { out: string; cwd: string; root?: string; extension: string },
): string[] {
  const taken = new Map<string, string>();
  return paths.map((path) => {
    const file = join(out, mirrored(path, cwd, root) + extension);
    const other = taken.get(file);
    if (other !== undefined) {
      throw new UsageError(
        `${shown(path)} and ${shown(other)} would both be written to ${shown(file)}; do them one after the other with ` +
          'different --out folders, or name a common folder with --root',
      );
    }
    taken.set(file, path);
    return file;
  });
}
