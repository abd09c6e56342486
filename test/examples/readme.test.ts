import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** The examples, each of one file or two; test/examples/run.mjs runs them. */
const examples = [
  ['tag-folder.ts'],
  ['embed-files.html', 'embed-worker.js'],
  ['edge-function.js'],
  ['log-mel.html'],
  ['find-in-recording.mjs'],
];
const read = (name: string) => readFileSync(`test/examples/${name}`, 'utf8');
const readme = readFileSync('README.md', 'utf8');
const section = readme.slice(readme.indexOf('\n## Examples'), readme.indexOf('\n## Command line'));

describe('the examples', () => {
  it.each(examples.flat())('%s is in the README as it is', (name) => {
    expect(section).toContain(`\`\`\`${name.split('.').at(-1)?.replace('mjs', 'js')}\n${read(name)}\`\`\``);
  });

  it.each(examples)('%s takes less than 40 lines', (...names) => {
    const lines = names.reduce((sum, name) => sum + read(name).trimEnd().split('\n').length, 0);
    expect(lines).toBeLessThan(40);
  });

  it('are all there are, and the README shows no others', () => {
    const own = ['material.mjs', 'programs.mjs', 'run.mjs', 'readme.test.ts'];
    const files = readdirSync('test/examples').filter((name) => name.includes('.') && !own.includes(name));
    expect(files.sort()).toEqual(examples.flat().sort());
    expect(section.match(/^```\w+$/gm)).toHaveLength(examples.flat().length);
  });
});
