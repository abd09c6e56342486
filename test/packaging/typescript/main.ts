import {
  type Audio,
  aggregate,
  decode,
  type FrontEnd,
  type Kernels,
  LinearClassifier,
  loadKernels,
  logMelSpectrogram,
  Matrix,
  ParameterError,
  resample,
  type Tag,
  type TrackPrediction,
  Wsabie,
} from 'tunespace';
import { Explainer, type Explanation } from 'tunespace/explain';
import { MelProcessor } from 'tunespace/melprocessor';
import { loadMixtures, loadSpace, type SpaceInfo, spaceBytes, spaces } from 'tunespace/spaces';
import * as standalone from 'tunespace/standalone/tunespace.js';
import { FewShotClassifier, type FewShotPrediction, teach } from 'tunespace/teach';

const kernels: Kernels = await loadKernels();
const module: WebAssembly.Module = kernels.module;
await loadKernels(module);

/** Windows (nWindows, 800) of a file. */
export async function windowsOf(bytes: Uint8Array, signal?: AbortSignal): Promise<Matrix> {
  const { y, sr }: Audio = await decode(bytes, signal ? { signal } : {});
  const frames = logMelSpectrogram(resample(y, { origSr: sr, targetSr: 22050 }), { sr: 22050, nMels: 200 });
  const frontEnd: FrontEnd | undefined = frames.frontEnd;
  if (!frontEnd) throw new ParameterError('frames without a front end', 'frames');
  return aggregate(frames);
}

export async function tagsOf(frames: Matrix, labels: string[]): Promise<Tag[]> {
  const space = await new Wsabie({ nComponents: 10, randomState: 1 }).fit({
    name: 'genres',
    tracks: [{ X: frames, labels }],
  });
  return space.tagTrack(frames, { set: 'genres', k: 2 });
}

const windows: Matrix = new Matrix(new Float32Array(4), 2, 2);
const prediction: TrackPrediction = new LinearClassifier().fit(windows, ['a', 'b']).predictTrack(windows);
export const label: string = prediction.label;

/** What ships, and the tags that it has for frames. */
export async function soundsLike(frames: Matrix): Promise<Tag[]> {
  const [shipped]: readonly SpaceInfo[] = spaces;
  const bytes: Uint8Array<ArrayBuffer> = await spaceBytes(shipped?.name);
  const space: Wsabie = bytes.length > 0 ? await loadSpace() : new Wsabie();
  return space.tagTrack(frames, { k: 3 });
}

/** What tracks sound like beside one another. */
export async function explained(tracks: Matrix): Promise<Explanation[][]> {
  return new Explainer(await loadSpace(), { k: 2 }).fit(tracks).explain(tracks);
}

/** What a track alone sounds like. */
export async function explainedAlone(track: Matrix): Promise<Explanation[] | undefined> {
  const mixtures: Matrix = await loadMixtures();
  return new Explainer(await loadSpace()).fit(mixtures).explain(track)[0];
}

/** Labels of one's own. */
export async function taught(
  examples: { name: string; label: string; X: Matrix }[],
  X: Matrix,
): Promise<FewShotPrediction> {
  const mine: FewShotClassifier = teach(examples, { space: await loadSpace() });
  const accuracy: number | undefined = mine.validation_?.accuracy;
  return accuracy === undefined ? mine.predictTrack(X) : FewShotClassifier.fromBytes(mine.toBytes()).predictTrack(X);
}

export async function* framesOf(microphone: MediaStreamAudioSourceNode): AsyncGenerator<Matrix> {
  const mel = await MelProcessor.create(microphone.context, { blockLength: 8 });
  microphone.connect(mel.node);
  for await (const { frames } of mel) yield frames;
}

export const same: typeof loadKernels = standalone.loadKernels;

// @ts-expect-error an option that there is not
logMelSpectrogram(new Float32Array(1024), { sr: 22050, hop_length: 512 });
