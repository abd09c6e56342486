/** Studies: ablations over recipes, with errors, halves and a confirmation. */
export { type CheckedPlan, checkPlan, planSchema, type StudyPlan } from './plan.ts';
export { type StudyResults, studyResultsSchema } from './results.ts';
export { runStudy, type StudyOptions } from './run.ts';
