import { describe, expect, it } from 'vitest';
import { ParameterError } from '../../src/errors.ts';
import { checkExperimentConfig } from '../../src/experiment/config.ts';

const blamed = (config: unknown) => {
  try {
    checkExperimentConfig(config, 'config.json');
  } catch (error) {
    expect(error).toBeInstanceOf(ParameterError);
    return error as ParameterError;
  }
  throw new Error('accepted');
};

describe('checkExperimentConfig', () => {
  it("fills in the paper's settings", () => {
    const config = checkExperimentConfig({ datasets: [{ name: 'a', path: 'music/a' }] });
    expect(config).toMatchObject({
      datasets: [{ name: 'a', path: 'music/a' }],
      tags: [],
      out: 'report',
      seconds: 30,
      folds: 10,
      draws: 10,
      k: 10,
      nBatches: 6000,
      epochs: null,
      nComponents: 100,
      learningRate: 0.01,
      batchSize: 100,
      synthetic: false,
    });
    expect(config.cache).not.toBe('');
  });

  it('takes an empty configuration: the synthetic corpus', () => {
    expect(checkExperimentConfig({})).toMatchObject({ datasets: [], synthetic: true, folds: 5, nBatches: 1000 });
    expect(checkExperimentConfig({ folds: 3, epochs: 2 })).toMatchObject({
      folds: 3,
      draws: 3,
      nBatches: null,
      epochs: 2,
    });
  });

  it.each([
    [{ fold: 5 }, 'config.json: unknown key "fold"; did you mean "folds"?', 'fold'],
    [{ n_batches: 5 }, 'did you mean "nBatches"?', 'n_batches'],
    [{ gizmo: 5 }, 'known keys: datasets, tags, columns', 'gizmo'],
    [{ datasets: [{ name: 'a', path: 'b', colums: {} }] }, 'unknown key "datasets[0].colums"', 'datasets.0.colums'],
    [{ columns: { artists: 'who' } }, 'unknown key "columns.artists"; did you mean "artist"?', 'columns.artists'],
    [{ folds: 1 }, 'folds: ', 'folds'],
    [{ folds: 2.5 }, 'folds: ', 'folds'],
    [{ seconds: -1 }, 'seconds: ', 'seconds'],
    [{ seconds: Number.NaN }, 'seconds: ', 'seconds'],
    [{ seed: 2 ** 32 }, 'seed: ', 'seed'],
    [{ datasets: [{ name: 'a' }] }, 'datasets[0].path: ', 'datasets.0.path'],
    [{ nBatches: 10, epochs: 1 }, 'epochs: give nBatches or epochs, not both', 'epochs'],
    [{ datasets: [{ name: 'a', path: 'b' }], tags: [{ name: 'a', path: 'c' }] }, '"a" is taken', 'tags.0.name'],
    ['text', 'expected object', ''],
    [null, 'expected object', ''],
  ])('refuses %j', (config, message, parameter) => {
    const error = blamed(config);
    expect(error.message).toContain(message);
    expect(error.parameter).toBe(parameter);
  });
});
