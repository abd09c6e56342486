import { type ExperimentResults, featureSets, RESULTS_VERSION } from '../../src/experiment/results.ts';

/** Made-up results with every table filled, two collections, and labels that try to break out of a page. */
export function exampleResults(): ExperimentResults {
  const datasets = ['alpha', 'beta'];
  const labels = ['<script>alert(1)</script>', 'rock | pop', 'jazz & `blues`'];
  const cells = datasets.flatMap((dataset) => featureSets.map((features) => ({ dataset, features })));
  const accuracy = (i: number) => 0.5 + 0.03 * i;
  return {
    format: 'tunespace results',
    version: RESULTS_VERSION,
    synthetic: false,
    versions: { tunespace: '0.1.0', frontEnd: 1 },
    settings: {
      seed: 1,
      seconds: 30,
      folds: 10,
      draws: 10,
      k: 10,
      nBatches: 6000,
      epochs: null,
      nComponents: 100,
      learningRate: 0.01,
      batchSize: 100,
      validationFraction: 0.1,
      patience: 10,
      maxNormV: null,
      maxNormW: null,
      genreMaxNormW: 0.5,
      alpha: 0.01,
      minTracksPerTag: 4,
    },
    frontEnd: { kind: 'logMel', version: 1, sr: 22050, nMels: 200 },
    collections: [
      ...datasets.map((name) => ({
        name,
        role: 'genre' as const,
        tracks: 30,
        artists: 12,
        classes: labels.map((label) => ({ label, tracks: 10 })),
        windows: 600,
        skipped:
          name === 'beta' ? [{ path: 'rock/<b>.mp3', reason: 'cut short | after 3 frames', duplicate: false }] : [],
      })),
      {
        name: 'words',
        role: 'tag' as const,
        tracks: 40,
        artists: null,
        classes: [{ label: 'mood/dark', tracks: 20 }],
        windows: 800,
        skipped: [],
      },
    ],
    spaces: [
      {
        purpose: 'genre',
        targets: ['alpha'],
        sources: [{ dataset: 'beta', tracks: 30, classes: 3, excluded: ['rock/1.mp3'] }],
        nBatches: 6000,
        batches: 6000,
        stoppedEarly: false,
      },
      {
        purpose: 'joint',
        targets: datasets,
        sources: datasets.map((dataset) => ({ dataset, tracks: 30, classes: 3, excluded: [] })),
        nBatches: 6000,
        batches: 6000,
        stoppedEarly: false,
      },
    ],
    classification: cells.map((cell, i) => ({
      ...cell,
      accuracy: accuracy(i),
      standardError: 0.02,
      folds: 10,
      grouped: true,
      foldAccuracies: Array.from({ length: 10 }, () => accuracy(i)),
      labels,
      confusion: labels.map((_, row) => labels.map((_, column) => (row === column ? 8 : 1))),
    })),
    similarity: cells
      .filter(({ features }) => features !== 'both')
      .flatMap((cell, i) =>
        (['l1', 'euclidean', 'cosine'] as const).flatMap((metric) =>
          [false, true].map((artistFilter) => ({
            ...cell,
            metric,
            k: 9,
            artistFilter,
            precision: 0.4 + 0.01 * i - (artistFilter ? 0.02 : 0),
            hubness: 0.7,
          })),
        ),
      ),
    learningCurve: cells.flatMap((cell, i) =>
      [1, 2, 5, 9].map((perClass) => ({
        ...cell,
        perClass,
        all: perClass === 9,
        accuracy: 0.3 + 0.02 * perClass + 0.01 * i,
        standardError: 0.03,
        draws: 10,
      })),
    ),
    nearestClasses: datasets.flatMap((dataset) =>
      labels.map((label) => ({
        dataset,
        label,
        neighbours: labels.map((other, i) => ({
          dataset: dataset === 'alpha' ? 'beta' : 'alpha',
          label: other,
          distance: 1 + i,
        })),
      })),
    ),
    tagging: [
      {
        dataset: 'words',
        precisionAt1: 0.6,
        precisionAt3: 0.5,
        rocAuc: 0.8,
        prAuc: 0.4,
        map: 0.55,
        tags: 12,
        trainTracks: 30,
        testTracks: 10,
        grouped: false,
      },
    ],
    map: {
      sources: datasets,
      points: datasets.flatMap((dataset, d) =>
        labels.flatMap((label, l) => [
          { kind: 'label' as const, dataset, label, x: l + 0.1 * d, y: d },
          ...Array.from({ length: 8 }, (_, i) => ({
            kind: 'track' as const,
            dataset,
            label,
            x: l + 0.3 * ((i * 7) % 5) - 0.6,
            y: d + 0.3 * ((i * 3) % 4) - 0.5,
          })),
        ]),
      ),
    },
    warnings: ['beta: a class has 9 tracks; folds lowered'],
  };
}
