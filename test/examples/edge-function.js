// Answers a WAV file, raw float32 samples (?sr=44100) or a file of frames with its tags and the tracks nearest to it.
import * as tunespace from 'tunespace';
import indexFile from './index.safetensors';
import spaceFile from './space.safetensors';

let started; // by the first request: a function may not wait while it is deployed
async function start() {
  await tunespace.loadKernels();
  const { tensors, metadata } = tunespace.decodeSafetensors(indexFile, 'index.safetensors');
  const vectors = new tunespace.Matrix(tensors.vectors.data, ...tensors.vectors.shape, JSON.parse(metadata.frontEnd));
  const tracks = JSON.parse(new TextDecoder().decode(tensors.tracks.data));
  const index = new tunespace.NearestNeighbors({ nNeighbors: Math.min(3, tracks.length) }).fit(vectors);
  return { index, tracks, space: tunespace.Wsabie.fromBytes(spaceFile, 'space.safetensors') };
}
async function framesOf(request, name) {
  const bytes = await tunespace.readBytes(request, { maxBytes: 8e6, timeout: 10_000, name });
  if (request.headers.get('content-type') === 'application/safetensors') return tunespace.decodeFeatures(bytes, name);
  const sr = new URL(request.url).searchParams.get('sr');
  if (sr && bytes.length % 4) throw new tunespace.ParameterError(`${name}: ${bytes.length} bytes are no float32`);
  const sound = sr ? { y: new Float32Array(bytes.buffer), sr: Number(sr) } : bytes;
  return tunespace.extract(sound, { stage: 'frames', seconds: 30, name });
}

export default {
  async fetch(request) {
    started ??= start();
    const { index, tracks, space } = await started;
    try {
      const frames = await framesOf(request, 'the body');
      const tags = space.datasets_.map(({ name: set }) => ({ set, tags: space.tagTrack(frames, { set, k: 5 }) }));
      const windows = tunespace.aggregate(space.transform(frames));
      const track = new tunespace.Matrix(tunespace.meanRow(windows), 1, windows.columns, windows.frontEnd);
      const { indices, distances } = index.kNeighbors(track);
      return Response.json({ tags, nearest: Array.from(indices, (at, i) => [tracks[at].path, distances[i]]) });
    } catch ({ message, status = 500 }) {
      return Response.json({ error: message }, { status });
    }
  },
};
