import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tunespace } from './command.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

describe('tunespace', () => {
  it('prints its version', async () => {
    expect(await tunespace(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('prints help with examples and exit codes', async () => {
    const { code, stdout, stderr } = await tunespace(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/Examples:/);
    expect(stdout).toMatch(/Exit codes:/);
  });

  it('without a command prints help to stderr, exit code 2', async () => {
    const { code, stdout, stderr } = await tunespace([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/Usage: tunespace/);
  });

  it('refuses an unknown option as text and as JSON', async () => {
    const asText = await tunespace(['--versoin']);
    expect(asText.code).toBe(2);
    expect(asText.stderr).toMatch(/tunespace: unknown option '--versoin'\n\(Did you mean --version\?\)/);
    const asJson = await tunespace(['--versoin', '--json']);
    expect(asJson.code).toBe(2);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ error: { type: 'UsageError' }, exitCode: 2 });
  });
});
