import { WriteError } from '../experiment/index.ts';
import { OutputError } from './errors.ts';
import type { Stage } from './progress.ts';
import type { Session } from './session.ts';

/** What experiments and studies call while they run. */
interface StagedHooks {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { stage: string; done: number; total: number }) => void;
  readonly onWarning: (message: string) => void;
}

/**
 * Runs work that names its stages, with one bar a stage.
 *
 * @throws OutputError where the results cannot be written, and what the work throws
 */
export async function staged<T>(session: Session, work: (hooks: StagedHooks) => Promise<T>): Promise<T> {
  let name: string | undefined;
  let current: Stage | undefined;
  const onProgress: StagedHooks['onProgress'] = ({ stage, done, total }) => {
    if (stage !== name) {
      current?.end();
      name = stage;
      current = session.progress.stage(stage, total, '');
    }
    current?.update(done, total);
  };
  try {
    return await work({ signal: session.signal, onProgress, onWarning: (message) => session.warn(message) });
  } catch (error) {
    throw error instanceof WriteError ? new OutputError(error.file, error.cause) : error;
  } finally {
    current?.end();
  }
}
