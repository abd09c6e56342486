// The script with `using`: natively on Node 24, Bun and Deno, and translated by esbuild on the machine's Node.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { execute } from '../../runtimes/harness/child.mjs';
import { versionOf } from '../programs.mjs';

const EXAMPLE = 'find-in-recording.mjs';
/** Bytes of the header of the synthesiser's WAV files, and where it says how many follow. */
const HEADER = 44;

/** Sound of files of one kind, end to end: the first one's header with a new size. */
function joined(parts) {
  const file = Buffer.concat([parts[0].subarray(0, HEADER), ...parts.map((part) => part.subarray(HEADER))]);
  file.writeUInt32LE(file.length - 8, 4);
  file.writeUInt32LE(file.length - HEADER, HEADER - 4);
  return file;
}

export async function* run({ project, tracks, runtime }) {
  const files = tracks.map((track) => readFileSync(join(project, track)));
  const chosen = 7;
  writeFileSync(join(project, 'recording.wav'), joined(files));
  const half = Math.floor((files[chosen].length - HEADER) / 4) * 2;
  writeFileSync(join(project, 'clip.wav'), joined([files[chosen].subarray(0, HEADER + half)]));
  const seconds = (file) => (file.length - HEADER) / file.readUInt32LE(28);
  const begin = files.slice(0, chosen).reduce((sum, file) => sum + seconds(file), 0);
  const end = begin + seconds(files[chosen]);

  await build({ entryPoints: [join(project, EXAMPLE)], outfile: join(project, 'find.js'), target: 'node20' });
  const node24 = runtime('node24/bin/node');
  const places = [
    [`Node.js ${versionOf(node24)}`, node24, [EXAMPLE]],
    [`Node.js ${process.versions.node}, translated by esbuild`, process.execPath, ['find.js']],
    [`Bun ${versionOf(runtime('.bin/bun'))}`, runtime('.bin/bun'), ['run', '--no-install', EXAMPLE]],
    [
      `Deno ${versionOf(runtime('.bin/deno'))}`,
      runtime('.bin/deno'),
      ['run', '--cached-only', '--allow-read', EXAMPLE],
    ],
  ];
  let before;
  for (const [name, program, args] of places) {
    try {
      const output = (await execute(program, [...args, 'recording.wav', 'clip.wav'], { cwd: project })).toString();
      const lines = output.trimEnd().split('\n');
      assert.equal(lines.length, 5, output);
      const [, minutes, rest] = /^ *(\d+):(\d\d) {2}distance \d+\.\d$/.exec(lines[0]);
      const found = 60 * minutes + Number(rest);
      assert.ok(found >= begin - 2 && found < end, `${output} is not between ${begin} and ${end} s`);
      before ??= output;
      assert.equal(output, before);
      yield { example: EXAMPLE, runtime: name, shown: `found at ${lines[0].trim()}` };
    } catch (error) {
      yield { example: EXAMPLE, runtime: name, error: error.message };
    }
  }
}
