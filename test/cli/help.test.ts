import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { tunespace } from './command.ts';

describe('tunespace help', () => {
  it('shows the help of a command, and names the likely one for a misspelt one', async () => {
    const train = await tunespace(['help', 'train']);
    expect(train.code).toBe(0);
    expect(train.stdout).toMatch(/^Usage: tunespace train/);
    for (const args of [['help', 'trian'], ['trian', '--help'], ['trian']]) {
      const { code, stdout, stderr } = await tunespace(args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/unknown command 'trian'\n\(Did you mean train\?\)/);
    }
  });
});

describe.each(commands.map(({ name }) => name))('tunespace %s', (name) => {
  it('--help says what it does, every default, its JSON, examples and exit codes', async () => {
    const { code, stdout, stderr } = await tunespace([name, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Usage: tunespace ${name}`);
    for (const heading of ['Options:', 'With --json:', 'Examples:', 'Exit codes:']) expect(stdout).toContain(heading);
    expect(stdout).toMatch(new RegExp(`Examples:\\n(.*\\n)*  tunespace ${name} `));
  });

  it('refuses an unknown option with code 2', async () => {
    const { code, stdout, stderr } = await tunespace([name, '--qiuet']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/unknown option '--qiuet'\n\(Did you mean --quiet\?\)/);
  });
});
