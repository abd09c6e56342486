/** Every figure of a report, drawn from the results alone. */
import type { ExperimentResults } from '../results.ts';
import type { Figure } from './chart.ts';
import { confusionFigures } from './confusion.ts';
import { learningCurveFigure } from './learningCurve.ts';
import { mapFigure } from './map.ts';

export type { Figure } from './chart.ts';

/** The figures of one report; those without data are absent. */
export interface Figures {
  readonly learningCurve?: Figure;
  readonly map?: Figure;
  readonly confusion: readonly { dataset: string; figure: Figure }[];
}

/** Draws them all. The same results give the same text. */
export async function renderFigures(results: ExperimentResults): Promise<Figures> {
  return {
    learningCurve: await learningCurveFigure(results),
    map: await mapFigure(results),
    confusion: await confusionFigures(results),
  };
}
