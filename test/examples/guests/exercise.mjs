// What is asked of the edge function on every runtime, and what it must answer.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const SAFETENSORS = { 'content-type': 'application/safetensors' };

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A WAV file that never ends. It pauses to listen: who only writes does not hear the answer before the connection ends. */
async function* endless(wav) {
  yield wav.subarray(0, 44);
  for (;;) {
    yield wav.subarray(44, 65_580);
    await pause(2);
  }
}

/** A beginning, and then nothing. */
async function* stalling(wav) {
  yield wav.subarray(0, 1000);
  await pause(30_000);
}

/**
 * @param out the folder with the bodies
 * @param post `(path, body, headers?) => Promise<{ status, json }>`; a body is bytes or an async generator of them
 * @returns how many requests it answered as it must
 */
export async function exercise(out, post) {
  const file = (name) => readFileSync(join(out, name));
  const { track, sr } = JSON.parse(file('about.json').toString());
  const wav = file('sound.wav');

  const { status, json } = await post('/', wav);
  assert.equal(status, 200, JSON.stringify(json));
  assert.deepEqual(
    json.tags.map(({ set, tags }) => [set, tags.length]),
    [['genres', 5]],
  );
  for (const { label, score } of json.tags[0].tags) assert.ok(label.length > 2 && Number.isFinite(score));
  // The index was made by another program on another runtime: its own track is at distance 0 and not nearly so.
  assert.deepEqual(json.nearest[0], [track, 0]);
  assert.equal(json.nearest.length, 3);
  for (const [path, body, headers] of [
    [`/?sr=${sr}`, file('sound.f32')],
    ['/', file('sound.safetensors'), SAFETENSORS],
    [
      '/',
      (async function* () {
        for (let at = 0; at < wav.length; at += 50_000) yield wav.subarray(at, at + 50_000);
      })(),
    ],
  ]) {
    assert.deepEqual(await post(path, body, headers), { status: 200, json }, `${path} ${headers}`);
  }

  const refusals = [
    [
      413,
      /the body is 8000001 bytes long, at most 8000000 are allowed/,
      '/',
      stalling(wav),
      { 'content-length': '8000001' },
    ],
    [413, /the body goes on beyond its limit, at most 8000000/, '/', endless(wav)],
    [408, /the body is too slow: 1000 bytes had come after 10000 ms/, '/', stalling(wav)],
    [415, /is text, not audio: it begins with "hello"/, '/', Buffer.from('hello')],
    [415, /is empty \(0 bytes\)/, '/', Buffer.alloc(0)],
    [415, /WAV without a "fmt " chunk/, '/', wav.subarray(0, 20)],
    [415, /mp3 cannot be decoded here/, '/', file('sound.mp3')],
    [400, /the body: 4001 bytes are no float32/, '/?sr=44100', Buffer.alloc(4001)],
    [400, /sr must be an integer at least 1000/, '/?sr=fast', Buffer.alloc(4000)],
    [400, /y must be finite, got NaN at sample 0/, '/?sr=44100', Buffer.alloc(4000, 0xff)],
    [400, /holds 1000 bytes|is damaged|checksum|header/, '/', file('sound.safetensors').subarray(0, 1000), SAFETENSORS],
    [400, /made for features with/, '/', file('windows.safetensors'), SAFETENSORS],
  ];
  await Promise.all(
    refusals.map(async ([expected, words, path, body, headers]) => {
      const answer = await post(path, body, headers);
      assert.equal(answer.status, expected, `${words}: ${JSON.stringify(answer)}`);
      assert.match(answer.json.error, words);
    }),
  );
  // It goes on as before.
  assert.deepEqual(await post('/', wav), { status: 200, json });
  return 5 + refusals.length;
}
