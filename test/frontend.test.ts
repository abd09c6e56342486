import { describe, expect, it } from 'vitest';
import { FrontEndError, ParameterError } from '../src/errors.ts';
import { checkFrontEnd, parseFrontEnd } from '../src/frontend.ts';

const paper = { kind: 'logMel', version: 1, sr: 22050, nFft: 1024, nMels: 200, htk: false };

describe('checkFrontEnd', () => {
  it('lets equal records through, in any order, and matrices without one', () => {
    checkFrontEnd('here', paper, { htk: false, nMels: 200, nFft: 1024, sr: 22050, version: 1, kind: 'logMel' });
    checkFrontEnd('here', paper, undefined);
    checkFrontEnd('here', undefined, paper);
  });

  it('takes features again whose record has been through a file', () => {
    const record = { ...paper, fMin: -0 };
    checkFrontEnd('here', parseFrontEnd('here', JSON.stringify(record)), record);
  });

  it.each([
    ['nMels', { ...paper, nMels: 128 }, '128'],
    ['version', { ...paper, version: 2 }, '2'],
    ['center', { ...paper, center: true }, 'true'],
  ])('names the setting %s and both values', (setting, actual, value) => {
    expect(() => checkFrontEnd('Wsabie.transform', paper, actual)).toThrow(FrontEndError);
    try {
      checkFrontEnd('Wsabie.transform', paper, actual);
    } catch (error) {
      expect((error as FrontEndError).setting).toBe(setting);
      expect((error as Error).message).toContain(`got features with ${setting} = ${value}`);
    }
  });
});

describe('parseFrontEnd', () => {
  it('reads back what was written', () => {
    expect(parseFrontEnd('here', JSON.stringify(paper))).toEqual(paper);
  });

  it.each(['', '{', '[]', 'null', '{"a":{}}', '{"a":null}', '7'])('refuses %j', (text) => {
    expect(() => parseFrontEnd('here', text)).toThrow(ParameterError);
  });
});
