import { describe, expect, it } from 'vitest';
import { FormatError } from '../../src/errors.ts';
import { decodeResults, encodeResults, resultsJsonSchema, roundResults } from '../../src/experiment/results.ts';
import { exampleResults } from './example.ts';

// biome-ignore lint/suspicious/noExplicitAny: the damage is what types forbid
type Loose = any;

describe('results.json', () => {
  it('is read back as it was written', () => {
    const results = exampleResults();
    expect(decodeResults(encodeResults(results))).toEqual(results);
  });

  it('is the same text for the same results', () => {
    expect(encodeResults(exampleResults())).toBe(encodeResults(structuredClone(exampleResults())));
  });

  it('ends with a line break and has no time of day or path', () => {
    const text = encodeResults(exampleResults());
    expect(text.endsWith('}\n')).toBe(true);
    expect(text).not.toMatch(/\d{4}-\d\d-\d\d|"[A-Za-z]:\\|"\//);
  });

  it('rounds to six decimals and leaves integers', () => {
    const results = exampleResults();
    results.classification[0].accuracy = 1 / 3;
    expect(roundResults(results).classification[0]).toMatchObject({ accuracy: 0.333333, folds: 10 });
  });

  it.each([
    ['an accuracy above one', (r: Loose) => (r.classification[0].accuracy = 1.2), 'classification.0.accuracy'],
    ['NaN', (r: Loose) => (r.similarity[0].precision = Number.NaN), 'similarity.0.precision'],
    ['other features', (r: Loose) => (r.learningCurve[0].features = 'bass'), 'learningCurve.0.features'],
    ['a missing seed', (r: Loose) => delete r.settings.seed, 'settings.seed'],
    ['an unknown key', (r: Loose) => (r.gizmo = 1), 'gizmo'],
    ['another version', (r: Loose) => (r.version = 99), 'version'],
  ])('refuses %s', (_, damage, words) => {
    const results = exampleResults();
    damage(results);
    expect(() => encodeResults(results)).toThrow(FormatError);
    expect(() => encodeResults(results)).toThrow(words);
  });

  it.each(['', '{"format":', '[]', 'null', '{"format":"other"}'])('refuses the text %j', (text) => {
    expect(() => decodeResults(text, 'old/results.json')).toThrow(FormatError);
    expect(() => decodeResults(text, 'old/results.json')).toThrow('old/results.json: not');
  });

  it('has a JSON Schema that names every table and says what its numbers are', () => {
    const schema = resultsJsonSchema() as { required: string[]; properties: Record<string, { items?: object }> };
    expect(schema.required).toEqual(
      expect.arrayContaining(['classification', 'similarity', 'learningCurve', 'nearestClasses', 'tagging', 'map']),
    );
    expect(JSON.stringify(schema.properties.similarity)).toContain(
      "share of the k nearest tracks that carry the query's",
    );
  });
});
