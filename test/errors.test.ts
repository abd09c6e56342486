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
});
