/** What a file of tunespace's own holds, and which command takes it: said where another kind was given. */
import { FormatError } from '../errors.ts';
import { decodeSafetensors } from '../model.ts';
import { shown } from './output.ts';

/** What can be learned and kept, by the name in its file. */
const KINDS = {
  Wsabie: { is: 'a space', use: 'give it as --model' },
  LinearClassifier: {
    is: 'a classifier that "tunespace classify --save" wrote',
    use: 'give it to "tunespace classify --classifier"',
  },
  FewShotClassifier: {
    is: 'a classifier that "tunespace teach" made',
    use: 'give it to "tunespace classify --model"',
  },
  TrackIndex: {
    is: 'an index that "tunespace similar --save-index" wrote',
    use: 'give it to "tunespace similar --index"',
  },
  Features: { is: 'features of one track', use: 'give it as an input' },
} as const;

export type Kind = keyof typeof KINDS;

const isKind = (estimator: string | undefined): estimator is Kind =>
  estimator !== undefined && Object.hasOwn(KINDS, estimator);

/** The kind that a file says it is of; `undefined` of one that is not ours. @throws FormatError when it is no safetensors file */
export function kindOf(bytes: Uint8Array, file: string): Kind | undefined {
  const { format, estimator } = decodeSafetensors(bytes, file).metadata;
  return format === 'tunespace' && isKind(estimator) ? estimator : undefined;
}

/** Refuses a file of ours that holds something else than is wanted, and says what to do with it. @throws FormatError */
export function checkKind(bytes: Uint8Array, wanted: Kind, file: string): void {
  const found = kindOf(bytes, file);
  if (found === undefined || found === wanted) return;
  throw new FormatError(
    `${shown(file)}: is ${KINDS[found].is}, and ${KINDS[wanted].is} is needed here; ${KINDS[found].use}`,
    file,
  );
}
