import { mkdir, mkdtemp, readdir, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ParameterError } from '../../src/errors.ts';
import { differencesFigures } from '../../src/experiment/study/figure.ts';
import { checkPlan, runStudy, type StudyPlan } from '../../src/experiment/study/index.ts';
import type { CellResult } from '../../src/experiment/study/results.ts';
import { verdictOf } from '../../src/experiment/study/summary.ts';
import { encodeNpy } from '../../src/library/npy.ts';
import { Matrix } from '../../src/matrix.ts';
import { RandomState } from '../../src/random.ts';
import { loadKernels } from '../../src/runtime/node.ts';

let folder: string;
let plan: StudyPlan;
let runs = 0;

const COLUMNS = ['blues', 'jazz', 'rock', 'calm', 'loud', 'swing'];

/** Writes songs of 130 frames of 6 values; each label of a song raises its own column. */
async function writeSet(name: string, seed: number, songs: readonly (readonly string[])[]) {
  const random = new RandomState(seed);
  const rows = ['path,tags,artist'];
  await mkdir(join(folder, name), { recursive: true });
  for (const [n, labels] of songs.entries()) {
    const raised = labels.map((label) => COLUMNS.indexOf(label));
    const data = random.normal(130 * 6).map((value, i) => value + (raised.includes(i % 6) ? 1.5 : 0));
    await writeFile(join(folder, name, `${n}.npy`), encodeNpy(new Matrix(data, 130, 6)));
    rows.push(`${n}.npy,${labels.join(';')},artist ${Math.floor(n / 2)}`);
  }
  await writeFile(join(folder, name, 'labels.csv'), `${rows.join('\n')}\n`);
  return { name, path: join(folder, name, 'labels.csv') };
}

const times = (n: number, ...labels: string[]) => Array.from({ length: n }, () => labels);

beforeAll(async () => {
  await loadKernels();
  folder = await mkdtemp(join(tmpdir(), 'tunespace-study-'));
  plan = {
    seeds: [1, 2],
    targets: [
      await writeSet('north', 1, [...times(8, 'blues'), ...times(8, 'jazz')]),
      await writeSet('south', 2, [...times(8, 'jazz'), ...times(8, 'rock')]),
    ],
    sources: [
      { ...(await writeSet('words', 4, [...times(6, 'calm', 'swing'), ...times(6, 'loud')])), minTracksPerTag: 2 },
    ],
    recipes: { plain: { sources: ['words'], nBatches: 20, nComponents: 4 } },
    axes: [
      { title: 'Level', switch: 'level', values: ['removed'] },
      { title: 'Comparing', cells: [{ name: 'cosine', change: { distance: 'cosine' } }] },
    ],
    measure: { k: 2, folds: 2, fewShot: [1], draws: 2 },
  };
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const places = () => ({ out: join(folder, `out-${++runs}`), cache: join(folder, 'cache') });
const bytes = (out: string) =>
  Promise.all(['results.json', 'report.md', 'report.html'].map((name) => readFile(join(out, name), 'utf8')));

describe('checkPlan', () => {
  const refused = (change: object): ParameterError => {
    try {
      checkPlan({ ...plan, ...change }, 'plan.json');
    } catch (error) {
      return error as ParameterError;
    }
    throw new Error('the plan was taken');
  };

  it.each([
    [{ axis: [] }, 'axis', /unknown key "axis"; did you mean "axes"\?/],
    [
      { recipes: { plain: { sorces: ['words'] } } },
      'recipes.plain.sorces',
      /"recipes\.plain\.sorces"; did you mean "sources"\?/,
    ],
    [
      { recipes: { plain: { sources: ['wrods'] } } },
      'recipes.plain.sources',
      /"wrods" is no source; did you mean "words"\?/,
    ],
    [
      { recipes: { plain: { level: 'remove' } } },
      'recipes.plain.level',
      /"kept", "removed", got "remove"; did you mean "removed"\?/,
    ],
    [{ axes: [{ title: 'x', switch: 'nComponent', values: [3] }] }, 'axes.0.switch', /did you mean "nComponents"\?/],
    [
      { axes: [{ title: 'x', switch: 'nComponents', values: [3, 'four'] }] },
      'nComponents',
      /axes\[0\]\.values\[1\]: nComponents/,
    ],
    [
      { axes: [{ title: 'x', grid: { nBatchs: [3] } }] },
      'axes[0].grid',
      /unknown switch "nBatchs"; did you mean "nBatches"\?/,
    ],
    [
      { axes: [{ title: 'x', of: 'plian', switch: 'level', values: ['removed'] }] },
      'axes[0].of',
      /did you mean "plain"\?/,
    ],
    [{ axes: [{ title: 'x' }] }, 'axes.0', /needs one of: switch with values, cells, grid/],
    [
      { axes: [{ title: 'x', cells: [{ name: 'plain', change: {} }] }] },
      'axes[0].cells[0]',
      /"plain" is there already/,
    ],
    [{ recipes: {} }, 'recipes', /needs at least one/],
    [{ recipes: { plain: {} } }, 'recipes.plain.sources', /names nothing to learn from; give words, others/],
    [{ seeds: [1, 1] }, 'seeds', /names a seed twice/],
    [{ halves: null, choose: {} }, 'choose', /halves is null/],
    [{ choose: { from: ['word'] } }, 'choose.from[0]', /"word" is no source; did you mean "words"\?/],
    [{ choose: { from: ['others'] } }, 'choose', /no cell learns from others alone/],
    [{ robustness: { cells: ['plein'] } }, 'robustness.cells[0]', /did you mean "plain"\?/],
  ])('refuses %j', (change, parameter, message) => {
    const error = refused(change);
    expect(error).toBeInstanceOf(ParameterError);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^plan\.json: /);
    expect(error.parameter).toBe(parameter);
  });

  it('lists recipes, values and grids as cells', () => {
    const axes = [
      { title: 'Grid', grid: { nComponents: [3, 5], level: ['kept', 'removed'] } },
      { title: 'Of b', of: 'b', switch: 'maxNormW', values: [null, 1] },
    ];
    const recipes = { a: { sources: ['words'] }, b: { sources: ['others'] } };
    const { cells, seeds } = checkPlan({ ...plan, recipes, axes, seeds: undefined });
    expect(seeds).toEqual([1, 2, 3, 4, 5]);
    expect(cells.map(({ name, reference }) => `${name} < ${reference}`)).toEqual([
      'a < undefined',
      'b < a',
      'nComponents 3, level kept < a',
      'nComponents 3, level removed < a',
      'nComponents 5, level kept < a',
      'nComponents 5, level removed < a',
      'maxNormW none (b) < b',
      'maxNormW 1 (b) < b',
    ]);
    expect(cells[3].recipe).toMatchObject({ nComponents: 3, level: 'removed', nBatches: 6000 });
  });
});

describe('verdictOf', () => {
  it.each([
    [0.05, 0.01, 0.02, 'helps'],
    [0.05, 0.01, 0.03, 'helps here'],
    [0.02, 0.01, 0.001, 'no effect'],
    [-0.05, 0.01, 0.02, 'hurts'],
    [-0.05, 0.01, 0.03, 'hurts here'],
    [-0.05, 0.01, null, 'hurts'],
    [0, 0, 0.01, 'no effect'],
  ] as const)('%d with errors %d and %s: %s', (mean, standardError, overTracks, verdict) => {
    expect(verdictOf({ mean, standardError, overTracks })).toBe(verdict);
  });
});

describe('differencesFigures', () => {
  const difference = { mean: 0.1, standardError: 0.01, overTracks: 0.02 };
  const row = { target: 'mean', measure: 'precision', k: null, value: 0.5, standardError: 0 };
  const rows = [{ ...row, fromBase: difference, fromReference: difference }];
  const cell = (name: string, axis: string, reference: string) =>
    ({ name, axis, reference, rows, control: false, batches: 1, recipe: {} }) as unknown as CellResult;

  it('keeps axes whole and figures short, one recipe at a time', async () => {
    const many = Array.from({ length: 40 }, (_, i) => cell(`a ${i}`, `axis ${Math.floor(i / 4)}`, 'first'));
    const figures = await differencesFigures([...many, cell('b', 'axis b', 'Second, D 3')], 'precision');
    expect(figures.map(({ figure }) => figure.name)).toEqual([
      'differences-first-1',
      'differences-first-2',
      'differences-second-d-3',
    ]);
    expect(figures.map(({ axes }) => axes.length)).toEqual([5, 5, 1]);
    expect(figures[0].figure.svg).toContain('axis 4');
    expect(figures[0].figure.svg).not.toContain('axis 5');
  });

  it('is nothing where nothing is compared', async () => {
    expect(await differencesFigures([], 'precision')).toEqual([]);
  });
});

describe('runStudy', () => {
  it('measures every cell on every target, with paired differences', async () => {
    const options = places();
    const results = await runStudy(plan, options);
    expect(results.part).toBe('A');
    expect(results.cells.map(({ name }) => name)).toEqual(['plain', 'level removed', 'cosine']);
    const measures = results.cells[1].rows.map(({ target, measure }) => `${target} ${measure}`);
    expect(measures).toEqual(
      ['precision', 'accuracy', 'fewShot 1'].flatMap((name) => ['north', 'south', 'mean'].map((t) => `${t} ${name}`)),
    );
    const [plain, level, cosine] = results.cells;
    // Distances have no part in classification: it is the reference's.
    for (const [i, row] of cosine.rows.entries()) {
      if (row.measure !== 'precision') expect(row.value).toBe(plain.rows[i].value);
    }
    for (const [i, row] of level.rows.entries()) {
      expect(row.fromReference?.mean).toBeCloseTo(row.value - plain.rows[i].value, 5);
      expect(row.fromBase.mean).toBeCloseTo(row.value - results.base.rows[i].value, 5);
    }
    const report = await readFile(join(options.out, 'report.md'), 'utf8');
    expect(report).toContain('## What did not help');
    expect(report).toContain('## How to read the errors');
    expect(report).toContain('![Figure 1.](differences-plain.svg)');
    // Comparing by cosine classifies as its reference does, so that it has no table of accuracies.
    expect(report).toMatch(/\*\*Table \d+\.\*\* Level: the other measures/);
    expect(report).not.toMatch(/Comparing: the other measures/);
    expect(await readdir(options.out)).toContain('differences-plain.svg');
    expect(JSON.parse(await readFile(join(options.out, 'results.json'), 'utf8'))).toEqual(results);
    // Nothing of this machine.
    expect(JSON.stringify(results)).not.toContain(folder);
  });

  it('writes the report as a page, with its figures in a folder of its name', async () => {
    const options = places();
    const page = join(options.out, 'docs', 'study.md');
    const axes = [
      { ...(plan.axes?.[0] as object), title: 'Level', about: 'Is loudness noise?' },
      ...(plan.axes ?? []).slice(1),
    ];
    await runStudy({ ...plan, axes, findings: ['It was.'] } as StudyPlan, { ...options, page });
    const written = await readFile(page, 'utf8');
    expect(written).toContain('![Figure 1.](study/differences-plain.svg)');
    expect(written).toContain('## Level\n\nIs loudness noise?');
    expect(written).toMatch(/## In short\n\n.*\n\n- It was\./);
    expect(written.replace('](study/', '](')).toBe(await readFile(join(options.out, 'report.md'), 'utf8'));
    expect(await readFile(join(options.out, 'docs', 'study', 'differences-plain.svg'), 'utf8')).toMatch(/^<svg /);
  });

  it('goes on after it was stopped, to the same bytes', async () => {
    const whole = places();
    await runStudy(plan, whole);
    const cut = places();
    const controller = new AbortController();
    const reason = new Error('enough');
    const stopped = runStudy(plan, {
      ...cut,
      signal: controller.signal,
      onProgress: ({ stage, done }) => {
        if (stage === 'cells' && done === 3) controller.abort(reason);
      },
    });
    await expect(stopped).rejects.toBe(reason);
    const kept = await readdir(join(cut.out, 'cells'));
    expect(kept.length).toBeGreaterThan(0);
    // A cell that was cut short is computed again.
    await writeFile(join(cut.out, 'cells', kept[0]), '{"warnings": [');
    await runStudy(plan, cut);
    expect(await bytes(cut.out)).toEqual(await bytes(whole.out));
    await unlink(join(cut.out, 'cells', kept[0]));
    await runStudy(plan, cut);
    expect(await bytes(cut.out)).toEqual(await bytes(whole.out));
  });

  it('refuses tracks that source and target share, unless they are held out', async () => {
    const sources = [{ ...plan.targets[0], name: 'again', minTracksPerTag: 2 }];
    const sharing: StudyPlan = {
      ...plan,
      sources,
      recipes: { plain: { sources: ['again'], nBatches: 5, nComponents: 3 } },
    };
    const error = await runStudy(sharing, places()).catch((caught) => caught);
    expect(error).toBeInstanceOf(ParameterError);
    expect(error.parameter).toBe('sources');
    expect(error.message).toMatch(/"north" and source "again" share a track: 0\.npy \(north\) and 0\.npy \(again\)/);
    // Held out of north, all of its tracks are gone, and that is said.
    const held = { ...sharing, sources: [{ ...sources[0], heldOut: true }] };
    const options = places();
    const late = await runStudy(held, options).catch((caught) => caught);
    expect(late).toBeInstanceOf(ParameterError);
    expect(late.message).toMatch(
      /source "again", without the tracks and artists of target "north", has no label of 2 tracks or more/,
    );
    // Before anything was computed.
    await expect(readdir(join(options.out, 'cells'))).rejects.toThrow(/ENOENT/);
  });

  it('refuses a source of one label, and labels of one track only', async () => {
    const ask = async (tracks: string[][], source: object) => {
      const set = { ...(await writeSet('few', 7, tracks)), ...source };
      const recipes = { plain: { sources: ['few'], nBatches: 5, nComponents: 3 } };
      return runStudy({ ...plan, sources: [set], recipes }, places()).catch((caught) => caught);
    };
    const one = await ask([...times(4, 'blues'), ...times(1, 'jazz')], { role: 'genre' });
    expect(one).toBeInstanceOf(ParameterError);
    expect(one.parameter).toBe('sources');
    expect(one.message).toMatch(/source "few" has one label of 2 tracks or more; ranking needs two such labels/);
    const none = await ask([['calm'], ['loud'], ['swing']], { minTracksPerTag: 3 });
    expect(none.message).toMatch(/source "few" has no label of 3 tracks or more; .* give a smaller minTracksPerTag/);
  });

  it('refuses a target of one label', async () => {
    const lone = await writeSet('lone', 6, [...times(8, 'blues'), ...times(1, 'jazz')]);
    const error = await runStudy({ ...plan, targets: [lone] }, places()).catch((caught) => caught);
    expect(error).toBeInstanceOf(ParameterError);
    expect(error.message).toMatch(/"lone" has one label of two tracks or more/);
  });

  it('confirms a choice on the other half, once', async () => {
    const options = places();
    const known = 'Nobody has seen it.';
    const choosing: StudyPlan = { ...plan, choose: { by: 'precision', known } };
    const first = await runStudy(choosing, options);
    expect(first.confirmation).toMatchObject({ confirmed: true, by: 'precision', note: null, known });
    expect(await readFile(join(options.out, 'report.md'), 'utf8')).toContain(`## Confirmation\n\n${known}`);
    // All tracks at last, with more neighbours to look at than in a half.
    const whole = first.confirmation?.whole ?? [];
    expect(whole.map(({ name }) => name).slice(0, 2)).toEqual(['base', 'plain']);
    expect(whole[0].rows.map(({ measure }) => measure)).toEqual(['precision', 'precision', 'precision']);
    const asked = await runStudy({ ...plan, halves: null }, places());
    expect(whole[1].rows).toEqual(asked.cells[0].rows.filter(({ measure }) => measure === 'precision'));
    const names = first.confirmation?.cells.map(({ name }) => name);
    expect(names).toContain('plain');
    expect(names).toContain(first.confirmation?.chosen);
    const written = await bytes(options.out);
    await runStudy(choosing, options);
    expect(await bytes(options.out)).toEqual(written);
    // Another plan in the same folder gets no second look.
    const other = await runStudy({ ...choosing, seeds: [3, 4] }, options);
    expect(other.confirmation).toMatchObject({ confirmed: false, cells: [] });
    expect(other.confirmation?.note).toContain('was looked at before');
  });

  it('chooses among cells of some sources, and shows the best of all beside it', async () => {
    const recipes = { ...plan.recipes, genres: { sources: ['others'], nBatches: 20, nComponents: 4 } };
    const choosing = { ...plan, recipes, axes: [], choose: { from: ['others'] } };
    const { confirmation } = await runStudy(choosing, places());
    expect(confirmation).toMatchObject({ chosen: 'genres', from: ['others'], confirmed: true });
    expect(confirmation?.cells.map(({ name }) => name)).toEqual(['plain', 'genres']);
  });

  it('says how much of the gain is kept on other files, and what they lack', async () => {
    const variants = [{ name: 'copy', path: join(folder, 'north') }];
    const targets = [
      { ...plan.targets[0], variants },
      { ...plan.targets[1], variants: [{ name: 'copy', path: join(folder, 'partly') }] },
    ];
    await mkdir(join(folder, 'partly'), { recursive: true });
    const random = new RandomState(9);
    for (const n of [0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13]) {
      // Some encodings were cut short.
      const short = encodeNpy(new Matrix(random.normal(70 * 6), 70, 6));
      const whole = await readFile(join(folder, 'south', `${n}.npy`));
      await writeFile(join(folder, 'partly', `${n}.npy`), n % 4 < 2 ? short : whole);
    }
    const results = await runStudy({ ...plan, targets, robustness: {} }, places());
    const found = results.robustness?.variants ?? [];
    expect(found.map(({ name }) => name)).toEqual(['as they are', 'copy']);
    expect(found[0].cells[0].kept === null || found[0].cells[0].kept === 1).toBe(true);
    expect(found[1].tracks).toBeLessThan(found[0].tracks);
    expect(found.map(({ altered }) => altered)).toEqual([false, false]);
    expect(results.warnings.join()).toMatch(/south: \d of 8 tracks are missing or unreadable in "copy"/);
    expect(results.warnings.join()).toMatch(/south: \d of 8 tracks are of another length in "copy"/);
    expect(results.warnings.join()).not.toMatch(/north: .*another length/);
  });
});
