/** `tunespace info`: what a file is. */
import { open, readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { decode } from '../decode.ts';
import { readDataset } from '../library/dataset.ts';
import { readNpyHeader } from '../library/npy.ts';
import { readFileTags } from '../library/sources.ts';
import { decodeModel, decodeSafetensors } from '../model.ts';
import { loadKernels } from '../runtime/node.ts';
import { summaryOf } from './datasets.ts';
import { addCommonOptions, addHelp } from './options.ts';
import { shown } from './output.ts';
import type { CommonOptions, Session } from './session.ts';

/** What is known of one file: a kind, and facts in the order in which they are shown. */
export interface FileInfo {
  readonly file: string;
  readonly kind: 'model' | 'classifier' | 'index' | 'features' | 'safetensors' | 'npy' | 'audio' | 'dataset';
  readonly [fact: string]: unknown;
}

export function define(command: Command, session: Session, finish: (exitCode: number) => void): void {
  command
    .description(
      'Says what a file is: a model, classifier or index (format version, front end, classes, training record), features ' +
        '(shape), audio (format, rate, channels, seconds), or a folder or CSV as a dataset (labels, tracks). Reads the ' +
        'whole file, so a damaged one is found.',
    )
    .argument('<FILE...>', 'files, or folders and CSVs of labelled music');
  addCommonOptions(command);
  addHelp(command, {
    json:
      '{"command": "info", "files": [{"file", "kind", ...facts}]}\n' +
      'kind: "model", "classifier", "index", "features", "safetensors", "npy", "audio" or "dataset"',
    examples: [
      'tunespace info space.safetensors',
      'tunespace info song.mp3 features/song.mp3.npy',
      'tunespace info music/gtzan --json',
    ],
  });
  command.action(async (files: string[], options: CommonOptions) => {
    await session.open(options);
    finish(await info(files, session));
  });
}

async function info(files: readonly string[], session: Session): Promise<number> {
  const { results } = await session.each(
    'info',
    files,
    (file) => file,
    async (file) => {
      const facts = await inspect(file, session);
      if (!session.json) for (const line of describeFile(facts)) session.print(line);
      return facts;
    },
  );
  if (session.json) session.printJson({ command: 'info', files: results });
  session.reportFailures(results.length);
  return session.exitAfter(results.length);
}

/** The first bytes of a file, by which its kind is known. */
async function head(path: string, length: number): Promise<Uint8Array> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(length), { position: 0 });
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Whether a file starts as safetensors do: a length of eight bytes, then a brace. Or says so by its name. */
const isSafetensors = (file: string, start: Uint8Array) =>
  /\.safetensors$/i.test(file) || (start.length > 8 && start[6] === 0 && start[7] === 0 && start[8] === 0x7b);

const isNpy = (file: string, start: Uint8Array) => /\.npy$/i.test(file) || start[0] === 0x93;

/** Finds out what one file or folder is. @throws the typed error of whatever it seems to be and is not */
async function inspect(file: string, session: Session): Promise<FileInfo> {
  const path = resolve(session.cwd, file);
  if ((await stat(path)).isDirectory() || /\.(csv|tsv)$/i.test(file)) return inspectDataset(file, path, session);
  const start = await head(path, 9);
  if (isSafetensors(file, start)) return inspectSafetensors(file, await readFile(path));
  if (isNpy(file, start)) {
    const { shape, dtype } = await readNpyHeader(path);
    return { file, kind: 'npy', shape, dtype };
  }
  return inspectAudio(file, path, session);
}

const KINDS: Record<string, FileInfo['kind']> = {
  Wsabie: 'model',
  LinearClassifier: 'classifier',
  FewShotClassifier: 'classifier',
  TrackIndex: 'index',
  NearestNeighbors: 'index',
  Features: 'features',
};

function inspectSafetensors(file: string, bytes: Uint8Array): FileInfo {
  const { tensors, metadata } = decodeSafetensors(bytes, file);
  const shapes = Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, shape }]) => [name, { dtype, shape }]),
  );
  if (metadata.format !== 'tunespace') return { file, kind: 'safetensors', tensors: shapes, metadata };
  // Read again by our own rules, which find what safetensors alone does not: versions, checksums.
  const { estimator } = metadata;
  const { frontEnd, params, classes, record } = decodeModel(bytes, estimator, file);
  return {
    file,
    kind: KINDS[estimator] ?? 'model',
    estimator,
    formatVersion: metadata.formatVersion,
    ...(frontEnd && { frontEnd }),
    params,
    ...(classes && { classes }),
    ...(record && { record }),
    tensors: shapes,
    bytes: bytes.length,
  };
}

async function inspectAudio(file: string, path: string, { signal }: Session): Promise<FileInfo> {
  await loadKernels();
  const { y, sr, format, channels, warnings } = await decode(await readFile(path), { name: file, signal });
  const { artist, labels: genres } = await readFileTags(path, { signal });
  return {
    file,
    kind: 'audio',
    format,
    seconds: y.length / sr,
    sr,
    channels,
    samples: y.length,
    ...(artist !== undefined && { artist }),
    ...(genres.length > 0 && { genres }),
    warnings,
  };
}

async function inspectDataset(file: string, path: string, session: Session): Promise<FileInfo> {
  const dataset = await readDataset(path, { signal: session.signal });
  return {
    file,
    kind: 'dataset',
    summary: summaryOf(dataset),
    ...(dataset.inventory.layout && { layout: dataset.inventory.layout }),
    labelling: dataset.kind,
    features: dataset.tracks[0].features,
    tracks: dataset.tracks.length,
    labels: Object.fromEntries(dataset.inventory.labels),
    notes: dataset.notes,
    problems: dataset.problems,
  };
}

/** The facts as lines: one a fact, nested ones indented. */
export function describeFile({ file, kind, ...facts }: FileInfo): string[] {
  return [shown(file), ...factLines({ kind, ...facts }, '  ')];
}

type Scalar = string | number | boolean | null;
const isScalar = (value: unknown): value is Scalar => value === null || typeof value !== 'object';

/** A number at the length that people read; everything else as it is. */
const scalarText = (value: Scalar): string =>
  typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toPrecision(6))) : shown(String(value));

/** What fits on one line: a scalar, a list of scalars, a tensor, a flat object. */
function inline(value: unknown): string | undefined {
  if (isScalar(value)) return scalarText(value);
  if (Array.isArray(value)) {
    if (value.length === 0) return 'none';
    return value.every(isScalar) ? value.map(scalarText).join(', ') : undefined;
  }
  const { dtype, shape, ...others } = value as Record<string, unknown>;
  if (typeof dtype === 'string' && Array.isArray(shape) && Object.keys(others).length === 0) {
    return `${dtype} (${shape.join(', ')})`;
  }
  const pairs = Object.entries(value as object);
  if (!pairs.every(([, entry]) => isScalar(entry))) return undefined;
  return pairs.length === 0 ? 'none' : pairs.map(([key, entry]) => `${shown(key)} ${scalarText(entry)}`).join(', ');
}

function factLines(facts: object, indent: string): string[] {
  const entries = Object.entries(facts);
  const listed = Array.isArray(facts);
  const width = Math.max(0, ...entries.map(([key]) => shown(key).length));
  return entries.flatMap(([key, value]) => {
    const name = listed ? `${indent}- ` : `${indent}${shown(key).padEnd(width)}  `;
    const line = inline(value);
    if (line !== undefined) return [name + line];
    const inner = factLines(value as object, `${indent}  `);
    return listed ? [name + inner[0].trimStart(), ...inner.slice(1)] : [name.trimEnd(), ...inner];
  });
}
