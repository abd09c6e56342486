// The notices of what a bundle carries: licences want their text to go with the code.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of the package that a bundled file belongs to; undefined for our own. */
const folderOf = (input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];

/**
 * @param {import('esbuild').Metafile} metafile of a bundle
 * @returns one section a package: name, version, licence, home, and the text of its licence file
 */
export function noticesOf(metafile) {
  const folders = [...new Set(Object.keys(metafile.inputs).map(folderOf).filter(Boolean))].sort();
  const sections = folders.map((folder) => {
    const { name, version, license, homepage, repository } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    );
    const home = homepage ?? repository?.url ?? repository ?? '';
    const file = existsSync(folder) && readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
    const text = file ? readFileSync(join(folder, file), 'utf8').trim() : '(the package holds no licence file)';
    return `${name} ${version}\n${license ?? 'licence not stated'}\n${home}\n\n${text}\n`;
  });
  return `Software of others in these files, each under its own licence.\n\n${sections.join(`\n${'-'.repeat(80)}\n\n`)}`;
}
