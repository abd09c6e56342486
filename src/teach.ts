/**
 * Labels of one's own from a few examples: 2 to 20 tracks a label, on a space that was learned before.
 *
 * `import { FewShotClassifier, teach } from 'tunespace/teach'`: a path of its own, so that the core does not grow.
 */
export { FewShotClassifier, type FewShotClassifierOptions, type FewShotPrediction } from './teach/classifier.ts';
export { type TeachExample, type TeachOptions, teach } from './teach/examples.ts';
export type { FewShotValidation } from './teach/validation.ts';
