import { describe, expect, it } from 'vitest';
import * as errors from '../src/errors.ts';

describe('errors', () => {
  it.each(Object.entries(errors))('%s carries its own name and is a TunespaceError', (name, Type) => {
    const error = new (Type as new (message: string, detail: string) => errors.TunespaceError)('which value', 'detail');
    expect(error.name).toBe(name);
    expect(error.message).toBe('which value');
    expect(error).toBeInstanceOf(errors.TunespaceError);
    expect(error).toBeInstanceOf(Error);
  });

  it('suggest the HTTP status of an answer', () => {
    const statuses = Object.values(errors).map((Type) => {
      const { name, status } = new (Type as new (message: string) => errors.TunespaceError)('which value');
      return [name, status];
    });
    expect(Object.fromEntries(statuses)).toMatchObject({
      TunespaceError: 500,
      ParameterError: 400,
      FormatError: 400,
      FrontEndError: 400,
      TimeoutError: 408,
      LimitError: 413,
      DecodeError: 415,
      MemoryError: 503,
    });
  });
});
