import { afterEach, describe, expect, it, vi } from 'vitest';
import { LoadError, loadLibrary } from '../../src/decode/library.ts';
import { decode } from '../../src/decode.ts';
import { DecodeError } from '../../src/errors.ts';
import { golden } from './fixtures.ts';

describe('a runtime that does not let WebAssembly be compiled', () => {
  afterEach(() => vi.restoreAllMocks());

  it('is told so for the formats that need it, and reads the others', async () => {
    vi.spyOn(WebAssembly, 'Module').mockImplementation(function refuse() {
      throw new Error('Wasm code generation disallowed by embedder');
    });
    for (const name of ['mono.mp3', 'frames.flac', 'stereo.ogg', 'stereo.opus', 's16.oga']) {
      const failed = decode(golden(name), { name });
      await expect(failed).rejects.toThrow(DecodeError);
      await expect(failed).rejects.toThrow(
        /cannot be decoded here: this runtime does not let WebAssembly be compiled; give/,
      );
    }
    for (const name of ['s16.wav', 's16.au', 's16.aiff'])
      expect((await decode(golden(name))).y.length).toBeGreaterThan(0);
  });
});

describe('a package that is not installed', () => {
  it('is named', async () => {
    const failed = loadLibrary('some-decoder', () => Promise.reject(new Error('Cannot find package')));
    await expect(failed).rejects.toThrow(LoadError);
    await expect(failed).rejects.toThrow(
      /the package some-decoder cannot be loaded \(Cannot find package\); install it/,
    );
  });
});
