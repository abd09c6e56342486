import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, it } from 'vitest';
import { scratch, tunespace } from './command.ts';
import { makeMusic, trainSpace } from './music.ts';
import { put, tone, wav } from './sounds.ts';

const cwd = scratch();
let space: string;

beforeAll(async () => {
  makeMusic(join(cwd, 'music'), { perClass: 8 });
  put(join(cwd, 'silent.wav'), wav(new Float32Array(22_050)));
  put(join(cwd, 'bass', 'low.wav'), wav(tone(60, 1)));
  put(join(cwd, 'bass', 'high.wav'), wav(tone(1500, 2)));
  space = await trainSpace('space.safetensors', [`toy=${join(cwd, 'music')}`]);
});

interface Result {
  file: string;
  soundsLike: { dataset: string; label: string; score: number }[];
}

describe('tunespace explain', () => {
  it('says what one file sounds like, without any collection', async () => {
    const { code, stdout, stderr } = await tunespace(['explain', 'bass', '--json', '-k', '2'], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { beside, chance, results } = JSON.parse(stdout);
    expect(beside).toBe('mixtures');
    expect(chance).toBeGreaterThan(1);
    expect((results as Result[]).map(({ file, soundsLike }) => [file, soundsLike.length])).toEqual([
      [join('bass', 'high.wav'), 2],
      [join('bass', 'low.wav'), 2],
    ]);
    const [high, low] = (results as Result[]).map(({ soundsLike }) => soundsLike[0]);
    expect(high.label).not.toBe(low.label);
    expect([high, low].every(({ label, score }) => label.startsWith('instrument/') && score > 0)).toBe(true);
  });

  it('marks in text what is no more than chance, and says the same in CSV', async () => {
    const args = ['explain', join('bass', 'low.wav'), '--explain-labels', 'octave/', '-k', '6'];
    const text = await tunespace(args, { cwd });
    const lines = text.stdout.trimEnd().split('\n');
    expect(lines[0]).toBe(join('bass', 'low.wav'));
    const { chance } = JSON.parse((await tunespace([...args, '--json'], { cwd })).stdout);
    const rows = parse((await tunespace([...args, '--format', 'csv'], { cwd })).stdout, { columns: true }) as {
      label: string;
      score: string;
    }[];
    expect(lines.slice(1)).toEqual(
      rows.map(({ label, score }) => {
        const note = Number(score) > chance ? '' : '  (within chance)';
        return `  ${Number(score).toFixed(1).padStart(6)}  ${label}${note}`;
      }),
    );
  });

  it('compares with the tracks of an index, in its space', async () => {
    const index = join(cwd, 'index.safetensors');
    await tunespace(['similar', '--library', 'music', '--model', space, '--save-index', index], { cwd });
    const song = join('music', 'low', '1.wav');
    const { code, stdout } = await tunespace(['explain', song, '--index', index, '-k', '1', '--json'], { cwd });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      beside: index,
      results: [{ soundsLike: [{ dataset: 'toy', label: 'low' }] }],
    });
    const plain = join(cwd, 'plain.safetensors');
    await tunespace(['similar', '--library', 'music', '--model', 'none', '--save-index', plain], { cwd });
    const none = await tunespace(['explain', song, '--index', plain], { cwd });
    expect({ code: none.code, stderr: none.stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/without a space/),
    });
  });

  it.each<[string, string[], number, RegExp]>([
    ["a space of one's own", ['--model', 'space.safetensors'], 2, /give an index: "tunespace similar --library/],
    ['a name half right', ['--model', 'Instruments'], 2, /does not ship; did you mean instruments\?/],
    [
      'a misspelt beginning',
      ['--explain-labels', 'octve/'],
      2,
      /--explain-labels must be how a label begins, such as .*"octave\/"/,
    ],
    ['a model beside an index', ['--model', 'instruments', '--index', 'x'], 2, /brings the space it was made in/],
    ['an index that is none', ['--index', 'space.safetensors'], 3, /is a space, and an index .* is needed here/],
  ])('refuses %s', async (_, args, expected, message) => {
    const { code, stderr } = await tunespace(['explain', join('bass', 'low.wav'), ...args], { cwd });
    expect({ code, stderr }).toEqual({ code: expected, stderr: expect.stringMatching(message) });
  });

  it('lists a silent file and explains the rest', async () => {
    const { code, stdout, stderr } = await tunespace(['explain', 'silent.wav', 'bass'], { cwd });
    expect(code).toBe(1);
    expect(stdout.match(/\.wav/g)?.length).toBe(2);
    expect(stderr).toMatch(/silent\.wav: is silent/);
  });
});
