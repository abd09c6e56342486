/** What `npm run test:runtimes` makes of the digests; the runtimes themselves are run by it, not here. */
import { afterEach, describe, expect, it, vi } from 'vitest';

interface Verdict {
  equal: string;
  stages: string;
  ok: boolean;
  details: string[];
}

const { judge, toMarkdown, insertTable, COMPILED } = await import(
  new URL('runtimes/harness/judge.mjs', import.meta.url).href
);

const expected = { random: 'aa', 'decode mp3': 'bb', log: 'cc' };
const row = { runtime: 'Node.js', version: '20.1', place: '', seconds: 1 };
const judged = (result: object): Verdict => judge({ ...row, ...result }, expected);

describe('a runtime', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('passes with the digests of the table', () => {
    expect(judged({ digests: expected })).toEqual({ equal: 'yes', stages: '3 of 3', ok: true, details: [] });
  });

  it('fails with another digest, which is named with both values', () => {
    const { equal, stages, ok, details } = judged({ digests: { ...expected, log: 'dd' } });
    expect([equal, ok]).toEqual(['NO', false]);
    expect(stages).toContain('different: log');
    expect(details).toEqual(['log: dd, expected cc']);
  });

  it('fails without a stage, and with one that the table does not know', () => {
    const { log: _, ...less } = expected;
    expect(judged({ digests: less })).toMatchObject({ equal: 'NO', ok: false, details: ['log: missing, expected cc'] });
    expect(judged({ digests: { ...expected, more: 'ee' } })).toMatchObject({ equal: 'NO', ok: false });
  });

  it('may leave out what it forbids, and nothing else', () => {
    const digests = { ...expected, 'decode mp3': 'not run: compiles nothing' };
    expect(judged({ digests, mayMiss: COMPILED })).toMatchObject({ equal: 'yes', ok: true });
    expect(judged({ digests, mayMiss: COMPILED }).stages).toBe('2 of 3; not run: decode mp3');
    expect(judged({ digests })).toMatchObject({ ok: false, details: ['decode mp3: not run: compiles nothing'] });
  });

  it('is held to the stages that it can run', () => {
    expect(judged({ digests: { log: 'cc' }, stages: ['log'] })).toMatchObject({
      ok: true,
      stages: 'log: all it makes',
    });
    expect(judged({ digests: { log: 'dd' }, stages: ['log'] })).toMatchObject({ ok: false });
  });

  it('fails with an error; not being there fails with CI=true only', () => {
    expect(judged({ error: 'broken' })).toMatchObject({ equal: 'ERROR', ok: false, details: ['broken'] });
    vi.stubEnv('CI', '');
    expect(judged({ notRun: 'no such program' })).toMatchObject({ equal: 'not run', ok: true });
    vi.stubEnv('CI', 'true');
    expect(judged({ notRun: 'no such program' })).toMatchObject({ ok: false });
  });
});

describe('the table', () => {
  it('is put between its markers, in place of the one before', () => {
    const table = toMarkdown([[row, judged({ digests: expected })]]);
    expect(table.split('\n')).toHaveLength(3);
    expect(table).toContain('| Node.js | 20.1    |');
    const text = 'before\n\n<!-- test:runtimes -->\n\nold\n\n<!-- /test:runtimes -->\n\nafter\n';
    const inserted = insertTable(text, table);
    expect(inserted).toBe(text.replace('old', table));
    expect(insertTable(inserted, 'old')).toBe(text);
    expect(() => insertTable('no markers', table)).toThrow('<!-- test:runtimes -->');
  });
});
