import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type SyntheticTrack, syntheticTracks } from '../../src/experiment/synthetic/corpus.ts';
import { Dice } from '../../src/experiment/synthetic/dice.ts';
import { encodeWav } from '../../src/experiment/synthetic/wav.ts';
import { frequencyOf, lookUp, sine, waveTable } from '../../src/experiment/synthetic/waves.ts';
import { loadKernels } from '../../src/runtime/node.ts';

const sizes = { tracksPerGenre: 2, taggedTracks: 20, tracksPerArtist: 2, seconds: 0.8 };
const digest = (tracks: readonly SyntheticTrack[]) => {
  const hash = createHash('sha256');
  for (const track of tracks)
    hash.update(JSON.stringify([track.path, track.artist, track.labels])).update(track.render());
  return hash.digest('hex');
};
const samplesOf = (wav: Uint8Array) => {
  const view = new DataView(wav.buffer);
  return Float64Array.from({ length: (wav.length - 44) / 2 }, (_, i) => view.getInt16(44 + 2 * i, true) / 32768);
};

beforeAll(async () => {
  await loadKernels();
});

describe('syntheticTracks', () => {
  it('gives these bits, on every machine', () => {
    // Every instrument, drum and recording is in here. A change of sound raises SYNTHETIC_VERSION with it.
    expect(digest(syntheticTracks(1, sizes))).toBe('bb6675ea6af0578f9afaa459a5bfa5200ad1e1a716018b911049861dcdeaac09');
  });

  it('gives other sounds for another seed, and each track by itself', () => {
    const [one, two] = [syntheticTracks(1, sizes), syntheticTracks(2, sizes)];
    expect(two.map(({ path }) => path)).toEqual(one.map(({ path }) => path));
    expect(digest(two.slice(0, 1))).not.toBe(digest(one.slice(0, 1)));
    const last = one[one.length - 1];
    expect(digest([syntheticTracks(1, sizes).at(-1)!])).toBe(digest([last]));
  });

  it('says in every name that it is synthetic, and overlaps in genres without being equal', () => {
    const tracks = syntheticTracks(1, sizes);
    const collections = [...new Set(tracks.map(({ collection }) => collection))];
    expect(collections).toHaveLength(4);
    for (const name of collections) expect(name).toMatch(/^synthetic-/);
    const genres = collections
      .slice(0, 3)
      .map((name) => [...new Set(tracks.filter((t) => t.collection === name).flatMap((t) => t.labels))]);
    expect(genres.every((words) => words.length === 5 && words.includes('rock'))).toBe(true);
    expect(new Set(genres.flat()).size).toBe(8);
    const tagged = tracks.filter((t) => t.collection === 'synthetic-tags');
    expect(tagged.every(({ labels }) => labels.length > 1)).toBe(true);
    expect(new Set(tagged.flatMap(({ labels }) => labels.map((tag) => tag.split('/')[0])))).toEqual(
      new Set(['instrument', 'mood', 'tempo']),
    );
  });

  it('sounds: no silence, nothing cut off for long, no two tracks alike', () => {
    const tracks = syntheticTracks(1, sizes);
    const seen = new Set<string>();
    for (const track of tracks) {
      const y = samplesOf(track.render());
      const power = y.reduce((sum, value) => sum + value * value, 0) / y.length;
      const clipped = y.filter((value) => Math.abs(value) > 0.999).length / y.length;
      expect(Math.sqrt(power), track.path).toBeGreaterThan(0.01);
      expect(Math.abs(y.reduce((sum, value) => sum + value, 0) / y.length), track.path).toBeLessThan(0.01);
      expect(clipped, track.path).toBeLessThan(0.01);
      seen.add(createHash('sha256').update(y).digest('hex'));
    }
    expect(seen.size).toBe(tracks.length);
  });

  it('uses no transcendental function of the host', () => {
    for (const name of [
      'arrange',
      'compose',
      'corpus',
      'dice',
      'drums',
      'instruments',
      'mix',
      'styles',
      'waves',
      'wav',
    ]) {
      const text = readFileSync(`src/experiment/synthetic/${name}.ts`, 'utf8');
      expect(text).not.toMatch(/Math\.(sin|cos|tan|exp|expm1|log\w*|pow|cbrt|hypot|atan2?|random)\(| \*\* /);
    }
  });
});

describe('waves', () => {
  it('has the sine of a table of 2048 to 1e-12', () => {
    for (let i = 0; i <= 2048; i++) expect(Math.abs(sine[i] - Math.sin((2 * Math.PI * i) / 2048))).toBeLessThan(1e-12);
    expect(lookUp(sine, 0.25)).toBeCloseTo(1, 12);
  });

  it('tunes to 440 Hz', () => {
    for (const note of [21, 28, 60, 69, 81, 108]) {
      expect(frequencyOf(note) / (440 * 2 ** ((note - 69) / 12))).toBeCloseTo(1, 12);
    }
  });

  it('holds no harmonic above the limit', () => {
    const table = waveTable('saw', 5.9);
    for (const harmonic of [1, 2, 3, 4, 5, 6, 9]) {
      let sum = 0;
      for (let i = 0; i < 2048; i++) sum += table[i] * Math.sin((2 * Math.PI * harmonic * i) / 2048);
      expect(sum / 1024).toBeCloseTo(harmonic <= 4 ? 0.55 / harmonic : 0, 10);
    }
  });
});

describe('Dice', () => {
  it('gives the same decisions for the same path, and picks by weight', () => {
    const draw = () => {
      const dice = Dice.at(7, 1, 2);
      return Array.from({ length: 400 }, () => dice.pick({ often: 3, never: 0, seldom: 1 }));
    };
    expect(draw()).toEqual(draw());
    const count = (word: string) => draw().filter((drawn) => drawn === word).length;
    expect(count('never')).toBe(0);
    expect(count('often')).toBeGreaterThan(260);
    expect(count('seldom')).toBeGreaterThan(60);
  });
});

describe('encodeWav', () => {
  it('writes the header and cuts off at full scale', () => {
    const wav = encodeWav([0, 1, -1, 2, -2, 0.5], 22050);
    const text = (from: number, to: number) => String.fromCharCode(...wav.subarray(from, to));
    const view = new DataView(wav.buffer);
    expect([text(0, 4), text(8, 16), text(36, 40)]).toEqual(['RIFF', 'WAVEfmt ', 'data']);
    expect([view.getUint32(4, true), view.getUint32(24, true), view.getUint32(40, true)]).toEqual([48, 22050, 12]);
    expect(Array.from({ length: 6 }, (_, i) => view.getInt16(44 + 2 * i, true))).toEqual([
      0, 32767, -32767, 32767, -32767, 16384,
    ]);
  });
});
