/**
 * The kernels as a WASI program: log-Mel frames in a pipe, without a host of ours.
 *
 *     wasmtime tunespace.wasi.wasm < clip.f32 > frames.f32
 *
 * stdin: mono samples at 22 050 Hz, little-endian float32, no header. stdout: frames of 200 little-endian float32, those
 * that `logMelSpectrogram(y, { sr: 22050 })` gives, bit for bit, as soon as they are complete. Anything else than finite
 * samples, at least one, ends with a sentence on stderr and exit code 1.
 *
 * The kernels of `index.ts` are exported as well.
 */
import { errnoToString, fd_read, fd_write } from "bindings/wasi_snapshot_preview1";
import { melBands, melBandsSize, melFrames, melFrequencies, melWorkSize } from "./mel";
import { alloc, free } from "./memory";
import { stftPlan, stftPlanSize } from "./stft";

/** The paper's settings (section 4) as `logMelSpectrogram` has them. */
const SR: f64 = 22050;
const N_FFT: i32 = 1024;
const HOP: i32 = 512;
const N_MELS: i32 = 200;
const POWER: i32 = 1;
const A_MIN: f32 = 1e-5;

/** What the host's functions take: louder is no audio. */
const LARGEST_SAMPLE: f32 = 1e10;

const STDIN: u32 = 0;
const STDOUT: u32 = 1;

/** Frames computed at once, and the bytes of input that they need. */
const TILE: i32 = 64;
const ROOM: usize = (<usize>(N_FFT + (TILE - 1) * HOP)) << 2;

/** One WASI buffer descriptor (pointer, length), and behind it the count that a call gives back. */
const request = alloc(12);

/** The program. It is no start function, so that a host can also call the kernels, which are exported beside it. */
export function _start(): void {
  const input = alloc(ROOM);
  const output = alloc((<usize>(TILE * N_MELS)) << 2);
  const plan = alloc(stftPlanSize(N_FFT));
  stftPlan(plan, N_FFT);
  const bands = makeBands();
  const work = alloc(melWorkSize(N_FFT, N_MELS));

  let held: usize = 0;
  let samples: u64 = 0;
  let written = false;
  let ended = false;
  while (!ended) {
    const got = read(input + held, ROOM - held);
    ended = got == 0;
    const known = held >> 2;
    held += got;
    checkSamples(input, known, held >> 2, samples);
    samples += <u64>((held >> 2) - known);
    if (ended) {
      checkEnd(held, samples);
      if (written) return;
      // A clip shorter than one frame is filled up with zeros.
      memory.fill(input + held, 0, ((<usize>N_FFT) << 2) - held);
      held = (<usize>N_FFT) << 2;
    }
    const whole = <i32>(held >> 2);
    if (whole < N_FFT) continue;
    const nFrames = 1 + (whole - N_FFT) / HOP;
    melFrames(output, input, plan, bands, work, POWER, A_MIN, N_FFT, HOP, N_MELS, nFrames);
    write(output, (<usize>(nFrames * N_MELS)) << 2);
    written = true;
    const used = (<usize>(nFrames * HOP)) << 2;
    held -= used;
    memory.copy(input, input + used, held);
  }
}

/** Slaney's bands from 0 to half the sample rate. */
function makeBands(): usize {
  const edges = alloc((<usize>(N_MELS + 2)) << 3);
  melFrequencies(edges, 0, SR / 2, false, N_MELS + 2);
  const bands = alloc(melBandsSize(N_FFT, N_MELS));
  melBands(bands, edges, SR, true, N_FFT, N_MELS);
  free(edges);
  return bands;
}

/** Reads up to `size` bytes; 0 at the end of the input. */
function read(to: usize, size: usize): usize {
  store<usize>(request, to);
  store<usize>(request, size, 4);
  const error = fd_read(STDIN, request, 1, request + 8);
  if (error) fail("cannot read stdin: " + errnoToString(error));
  return load<usize>(request, 8);
}

/** Writes all bytes; a pipe may take them in parts. */
function write(from: usize, size: usize): void {
  while (size > 0) {
    store<usize>(request, from);
    store<usize>(request, size, 4);
    const error = fd_write(STDOUT, request, 1, request + 8);
    if (error) fail("cannot write stdout: " + errnoToString(error));
    const taken = load<usize>(request, 8);
    from += taken;
    size -= taken;
  }
}

/** Samples `start` to `end` of the buffer; `before` samples went ahead of them. */
function checkSamples(input: usize, start: usize, end: usize, before: u64): void {
  for (let i = start; i < end; i++) {
    // NaN fails the comparison as well.
    if (abs(load<f32>(input + (i << 2))) <= LARGEST_SAMPLE) continue;
    fail("sample " + (before + <u64>(i - start)).toString() + " is no audio; is stdin little-endian float32 mono PCM?");
  }
}

function checkEnd(held: usize, samples: u64): void {
  if (held & 3) fail("stdin ends inside a sample; is it little-endian float32 mono PCM?");
  if (samples == 0) fail("stdin is empty; give little-endian float32 mono PCM at 22050 Hz");
}

function fail(message: string): void {
  process.stderr.write("tunespace.wasi: " + message + "\n");
  process.exit(1);
}
