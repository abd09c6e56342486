// Tags every file below a folder: deno run --allow-read tag-folder.ts space.safetensors music
import { extract, loadKernels, Wsabie } from 'tunespace';

const [model, folder] = Deno.args;
if (folder === undefined) {
  console.error('usage: deno run --allow-read tag-folder.ts MODEL FOLDER');
  Deno.exit(2);
}
await loadKernels();
const space = Wsabie.fromBytes(await Deno.readFile(model), model);

/** The files below a folder, in the order of their names. */
async function* filesIn(parent: string): AsyncGenerator<string> {
  const entries = await Array.fromAsync(Deno.readDir(parent));
  for (const { name, isDirectory } of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (isDirectory) yield* filesIn(`${parent}/${name}`);
    else yield `${parent}/${name}`;
  }
}

let failed = 0;
for await (const path of filesIn(folder)) {
  try {
    const file = await Deno.open(path);
    const frames = await extract(file.readable, { stage: 'frames', name: path });
    for (const { name: set } of space.datasets_) {
      const tags = space.tagTrack(frames, { set, k: 3 });
      console.log([path, set, ...tags.map(({ label, score }) => `${label} ${score.toFixed(2)}`)].join('\t'));
    }
  } catch (error) {
    failed += 1;
    console.error(error instanceof Error ? error.message : error);
  }
}
Deno.exit(failed > 0 ? 1 : 0);
