import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeNpy } from '../../src/library/npy.ts';
import { Matrix } from '../../src/matrix.ts';
import { scratch, start, tunespace, until } from './command.ts';
import { makeMusic, QUICK, trainSpace } from './music.ts';
import { put, tone, wav } from './sounds.ts';

const cwd = scratch();
const music = () => `music=${join(cwd, 'music')}`;
let space: string;

beforeAll(async () => {
  makeMusic(join(cwd, 'music'));
  makeMusic(join(cwd, 'more'), { perClass: 2 });
  space = await trainSpace('joint.safetensors', [music(), `more=${join(cwd, 'more')}`]);
});

describe('tunespace train', () => {
  it('learns several collections and says what it did as JSON', async () => {
    const out = join(cwd, 'a.safetensors');
    const { code, stdout } = await tunespace(['train', '--dataset', music(), '--out', out, ...QUICK, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'train',
      out,
      resumed: false,
      params: { nComponents: 8, nBatches: 60, randomState: 1 },
      datasets: [{ name: 'music', classes: ['high', 'low', 'middle'], tracks: 9 }],
      record: { batch: 60, stopped: 'nBatches' },
      failed: [],
    });
    expect(existsSync(`${out}.partial`)).toBe(false);
  });

  it('saves at Ctrl-C, and --resume gives the bytes of a run without one', async () => {
    // Long enough to be interrupted at any speed of the machine, and ended early where it is resumed.
    const args = [
      'train',
      '--dataset',
      music(),
      '--n-components',
      '8',
      '--n-batches',
      '4000',
      '--checkpoint-every',
      '10',
    ];
    const more = ['--patience', '0', '--seed', '3', '--validation-fraction', '0'];
    const whole = join(cwd, 'whole.safetensors');
    const broken = join(cwd, 'broken.safetensors');
    expect((await tunespace([...args, ...more, '--out', whole])).code).toBe(0);
    const running = start([...args, ...more, '--out', broken]);
    await until(() => existsSync(`${broken}.partial`), running);
    running.kill('SIGINT');
    const { code, stdout, stderr } = await running.ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toMatch(/interrupted after batch \d+; saved in .*broken\.safetensors\.partial.*--resume/);
    expect(existsSync(broken)).toBe(false);

    const other = await tunespace([...args, ...more, '--out', broken, '--resume', '--margin', '2']);
    expect(other.code).toBe(2);
    expect(other.stderr).toMatch(/--margin 1, this call has 2/);

    const resumed = await tunespace([...args, ...more, '--out', broken, '--resume', '--json']);
    expect(resumed.code).toBe(0);
    expect(JSON.parse(resumed.stdout).resumed).toBe(true);
    expect(readFileSync(broken).equals(readFileSync(whole))).toBe(true);
    expect(existsSync(`${broken}.partial`)).toBe(false);
  });

  it('takes .npy frames of any width, and a CSV with named columns', async () => {
    for (let i = 0; i < 6; i++) {
      const values = Float32Array.from({ length: 40 * 5 }, (_, j) => Math.sin(i * 7 + j) + (i % 2) * (j % 5));
      put(join(cwd, 'npy', `${i}.npy`), encodeNpy(new Matrix(values, 40, 5)));
    }
    const rows = [0, 1, 2, 3, 4, 5].map((i) => `"${i}.npy",${i % 2 ? '"odd, really"' : 'even'}`);
    const csv = put(join(cwd, 'npy', 'table.csv'), `\ufefffile,kind\r\n${rows.join('\r\n')}\r\n`);
    const columns = ['--path-column', 'file', '--label-column', 'kind'];
    const out = join(cwd, 'npy.safetensors');
    const args = ['train', '--dataset', `toy=${csv}`, ...columns, '--out', out, ...QUICK, '--json'];
    const { code, stdout } = await tunespace(args);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).datasets[0].classes).toEqual(['even', 'odd, really']);
    const tagged = await tunespace(['tag', join(cwd, 'npy', '1.npy'), '--model', out, '-k', '1', '--format', 'csv']);
    expect(tagged.stdout.split('\n')[1]).toMatch(/1\.npy,toy,1,"odd, really",-?\d/);
    const audio = await tunespace(['tag', join(cwd, 'music', 'low', '1.wav'), '--model', out]);
    expect(audio.code).toBe(3);
    expect(audio.stderr).toMatch(/unknown front end/);
  });

  it('goes on past bad tracks and names them, code 1', async () => {
    makeMusic(join(cwd, 'mixed'));
    put(join(cwd, 'mixed', 'low', 'diary.mp3'), 'Dear diary, this is no music.');
    put(join(cwd, 'mixed', 'low', 'empty.wav'), '');
    put(join(cwd, 'mixed', 'high', 'silent.wav'), wav(new Float32Array(30000)));
    const out = join(cwd, 'mixed.safetensors');
    const { code, stderr } = await tunespace(['train', '--dataset', `m=${join(cwd, 'mixed')}`, '--out', out, ...QUICK]);
    expect(code).toBe(1);
    expect(existsSync(out)).toBe(true);
    expect(stderr).toMatch(/3 of 12 failed:/);
    expect(stderr).toMatch(/diary\.mp3: .*is text/);
    expect(stderr).toMatch(/empty\.wav: is empty/);
    expect(stderr).toMatch(/silent\.wav: is silent/);
  });

  it('refuses collections that cannot be learned from', async () => {
    put(join(cwd, 'flat', 'a.wav'), wav(tone(440, 1)));
    put(join(cwd, 'one', 'only', 'a.wav'), wav(tone(440, 1)));
    put(join(cwd, 'bare', 'readme.txt'), 'nothing here');
    const table = put(join(cwd, 'music', 'odd.csv'), 'path,mood\nlow/1.wav,sad\n');
    const tries: [string, number, RegExp][] = [
      [`flat=${join(cwd, 'flat')}`, 3, /none with a label|no label/],
      [`one=${join(cwd, 'one')}`, 3, /one class, "only"/],
      [`bare=${join(cwd, 'bare')}`, 3, /no audio/],
      [`none=${join(cwd, 'nosuch')}`, 3, /nosuch.* does not exist/],
      [`odd=${table}`, 3, /no column "tags" or "genre" or "label".*"mood"/],
      ['nameless', 2, /NAME=PATH/],
    ];
    for (const [pair, expected, message] of tries) {
      const { code, stderr } = await tunespace([
        'train',
        '--dataset',
        pair,
        '--out',
        join(cwd, 'no.safetensors'),
        ...QUICK,
      ]);
      expect({ pair, code }).toEqual({ pair, code: expected });
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/\n {4}at /);
    }
    expect(existsSync(join(cwd, 'no.safetensors'))).toBe(false);
  });
});

describe('tunespace tag', () => {
  it('lists the labels of each collection, best first', async () => {
    const file = join(cwd, 'music', 'high', '1.wav');
    const { code, stdout } = await tunespace(['tag', file, '--model', space, '--json']);
    expect(code).toBe(0);
    const { results } = JSON.parse(stdout);
    expect(results.map(({ set }: { set: string }) => set)).toEqual(['music', 'more']);
    for (const { tags } of results) {
      expect(tags.length).toBe(3);
      expect(tags[0].label).toBe('high');
      expect(tags[0].score).toBeGreaterThan(tags[1].score);
    }
    const text = await tunespace(['tag', file, '--model', space, '--set', 'more', '-k', '1', '--quiet']);
    expect(text.stdout).toMatch(/^.*1\.wav\n +-?\d+\.\d{3} {2}high\n$/);
  });

  it('names the collections where the wanted one is none', async () => {
    const { code, stderr } = await tunespace(['tag', 'x.wav', '--model', space, '--set', 'moer']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--set moer is no collection of the space, which has music, more; did you mean more\?/);
  });
});

describe('tunespace classes', () => {
  it('lists for each class the nearest ones of the other collection', async () => {
    const { code, stdout } = await tunespace(['classes', '--model', space, '-k', '1', '--format', 'csv']);
    expect(code).toBe(0);
    const [header, ...rows] = stdout.trim().split('\n');
    expect(header).toBe('dataset,label,rank,neighbour_dataset,neighbour_label,distance');
    expect(rows.length).toBe(6);
    for (const row of rows) expect(row).toMatch(/^(music,\w+,1,more|more,\w+,1,music),(high|low|middle),\d+\.\d+$/);
  });
});

describe('a damaged model', () => {
  it.each([
    ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 1000), /cut short/],
    ['a header that lies', (bytes: Buffer) => lie(bytes), /(beyond|data_offsets|nobody's)/],
    ['a flipped bit', (bytes: Buffer) => flip(bytes), /checksum/],
    [
      'text',
      () => Buffer.from('this is no model, and it is longer than eight bytes'),
      /damaged or is not a safetensors/,
    ],
    ['nothing', () => Buffer.alloc(0), /0 bytes/],
  ])('%s: is refused by every command that takes one, naming the file', async (_, damage, message) => {
    const file = put(join(cwd, 'damaged.safetensors'), damage(readFileSync(space)));
    const { code, stdout, stderr } = await tunespace(['tag', join(cwd, 'music', 'low', '1.wav'), '--model', file]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/damaged\.safetensors/);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
    const info = await tunespace(['info', file, '--json']);
    expect(info.code).toBe(3);
    expect(JSON.parse(info.stdout).failed).toMatchObject([{ file, type: 'FormatError' }]);
  });

  it('a folder, or nothing, in its place is named as it was given', async () => {
    const folder = await tunespace(['tag', 'x.wav', '--model', 'music'], { cwd });
    expect({ code: folder.code, stderr: folder.stderr }).toEqual({
      code: 3,
      stderr: 'tunespace: music: it is a folder where a file is needed\n',
    });
    const nothing = await tunespace(['classes', '--model', 'nosuch.st'], { cwd });
    expect(nothing.stderr).toMatch(/^tunespace: nosuch\.st: there is no such file/);
  });

  it('a model of another kind is told apart', async () => {
    const index = join(cwd, 'index.safetensors');
    await tunespace(['similar', '--library', join(cwd, 'more'), '--save-index', index]);
    const { code, stderr } = await tunespace(['classes', '--model', index]);
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /is an index that .* wrote, and a space is needed here; give it to "tunespace similar --index"/,
    );
  });
});

/** The header claims more data than there is. */
function lie(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt32LE(bytes.length * 2, 0);
  return copy;
}

function flip(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length - 3] ^= 1;
  return copy;
}
