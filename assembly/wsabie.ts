/**
 * WSABIE with the WARP loss. P. Hamel, M. E. P. Davies, K. Yoshii, M. Goto, "Transfer learning in MIR" (ISMIR 2013),
 * section 5; J. Weston, S. Bengio, N. Usunier, "WSABIE: scaling up to large vocabulary image annotation" (IJCAI 2011).
 *
 * A label i scores a frame x with f_i(x) = W_i . V x. V is kept feature-major, (nFeatures, stride) with the components
 * of one feature contiguous: both products of a step then read it along its rows, and the norm ball of a feature's column V_i is one
 * row. W is (nClasses, stride). stride is the number of components rounded up to 4; the padding is 0 and stays 0. *
 * A set (a labelled collection) is a record of 80 bytes, which the host fills: u32 pointers and sizes
 *   w, nClasses, offsets, labels, ranks, order, places, 0
 * and a random state (see random.ts). offsets is (nTracks + 1) u32 into labels, which holds each track's classes; ranks is (nClasses) f32
 * with L(r) at r; order is (nClasses) u32, the numbers 0 to nClasses - 1 in order, before and after every call; places is (nClasses) u32 of room.
 *
 * The settings are 4 f32: learning rate, margin, longest norm of V_i and of W_i (infinity for none).
 */
import { addOuter, product } from "./affine";
import { cosTurn } from "./math";
import { nextInteger, seek } from "./random";

const SET_SIZE: usize = 80;
const SET_CLASSES: usize = 4;
const SET_OFFSETS: usize = 8;
const SET_LABELS: usize = 12;
const SET_RANKS: usize = 16;
const SET_ORDER: usize = 20;
const SET_PLACES: usize = 24;
const SET_RANDOM: usize = 32;

/** Words of random bits that each sample has for itself, as a power of two: its draws depend on its number alone. */
const SAMPLE_WORDS: u64 = 26;

/** Negatives that are drawn before all others are looked at, to find out whether there is anything to draw for. */
const DRAWN_FIRST: u32 = 8;

/** What a sample adds to the step: u32 positive, u32 negative, f32 L(r), u32 number of draws. */
const HIT_SIZE: usize = 16;

/**
 * out is (n, columns) f32: rows 1 to n of the orthonormal cosine transform of `columns` values,
 * sqrt(2 / columns) cos(pi k (t + 1/2) / columns). Row 0, the constant one, is left out. 4 * columns * columns is below 2^31.
 */
export function cosineRows(out: usize, n: u32, columns: u32): void {
  const factor = sqrt<f64>(2 / <f64>columns);
  for (let k: u32 = 1; k <= n; k++) {
    for (let t: u32 = 0; t < columns; t++) {
      store<f32>(out, <f32>(factor * cosTurn(((2 * t + 1) * k) % (4 * columns), columns << 2)));
      out += 4;
    }
  }
}

/**
 * out is (n, 2) u32: track and row in the track of the samples first, first + 1, ... of a random stream. offsets is
 * (nTracks + 1) u32: where each track's rows begin. Every row of all tracks is equally likely; with byTrack every track is,
 * and then each of its rows.
 */
export function warpRows(
  out: usize,
  state: usize,
  offsets: usize,
  byTrack: bool,
  first: u32,
  n: usize,
  nTracks: u32,
): void {
  for (let i: usize = 0; i < n; i++) {
    seek(state, (<u64>first + i) << SAMPLE_WORDS);
    let track: u32;
    let row: u32;
    if (byTrack) {
      track = nextInteger(state, nTracks);
      const begin = load<u32>(offsets + ((<usize>track) << 2));
      row = nextInteger(state, load<u32>(offsets + ((<usize>track) << 2), 4) - begin);
    } else {
      const any = nextInteger(state, load<u32>(offsets + ((<usize>nTracks) << 2)));
      track = trackOf(offsets, any, nTracks);
      row = any - load<u32>(offsets + ((<usize>track) << 2));
    }
    store<u32>(out + (i << 3), track);
    store<u32>(out + (i << 3), row, 4);
  }
}

/** The last track that begins at or before a row: by halving, without a branch to guess wrong. Tracks have at least one row. */
function trackOf(offsets: usize, row: u32, nTracks: u32): u32 {
  let track: u32 = 0;
  for (let n = nTracks; n > 1; ) {
    const half = n >> 1;
    const middle = track + half;
    track = select<u32>(middle, track, load<u32>(offsets + ((<usize>middle) << 2)) <= row);
    n -= half;
  }
  return track;
}

/** x is (n, nFeatures), in place: (x - mean) * inverse, both (nFeatures). */
export function standardizeRows(x: usize, mean: usize, inverse: usize, n: usize, nFeatures: usize): void {
  const whole = nFeatures & ~3;
  for (let i: usize = 0; i < n; i++) {
    const row = x + ((i * nFeatures) << 2);
    let k: usize = 0;
    for (; k < whole; k += 4) {
      const centred = f32x4.sub(v128.load(row + (k << 2)), v128.load(mean + (k << 2)));
      v128.store(row + (k << 2), f32x4.mul(centred, v128.load(inverse + (k << 2))));
    }
    for (; k < nFeatures; k++) {
      const centred = load<f32>(row + (k << 2)) - load<f32>(mean + (k << 2));
      store<f32>(row + (k << 2), centred * load<f32>(inverse + (k << 2)));
    }
  }
}

/** a . b over n values, n a multiple of 4: four sums of vectors, then their lanes, in a fixed order. */
function dot(a: usize, b: usize, n: usize): f32 {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let k: usize = 0;
  const bytes = n << 2;
  for (; k + 64 <= bytes; k += 64) {
    s0 = f32x4.add(s0, f32x4.mul(v128.load(a + k), v128.load(b + k)));
    s1 = f32x4.add(s1, f32x4.mul(v128.load(a + k, 16), v128.load(b + k, 16)));
    s2 = f32x4.add(s2, f32x4.mul(v128.load(a + k, 32), v128.load(b + k, 32)));
    s3 = f32x4.add(s3, f32x4.mul(v128.load(a + k, 48), v128.load(b + k, 48)));
  }
  for (; k < bytes; k += 16) s0 = f32x4.add(s0, f32x4.mul(v128.load(a + k), v128.load(b + k)));
  const s = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
  return f32x4.extract_lane(s, 0) + f32x4.extract_lane(s, 1) + (f32x4.extract_lane(s, 2) + f32x4.extract_lane(s, 3));
}

/** Whether no class from order[from] to order[to - 1] scores within the margin. */
function noneViolates(
  order: usize,
  from: u32,
  to: u32,
  w: usize,
  z: usize,
  margin: f32,
  score: f32,
  stride: usize,
): bool {
  for (let i = from; i < to; i++) {
    const row = w + <usize>load<u32>(order + ((<usize>i) << 2)) * (stride << 2);
    if (!(margin + dot(row, z, stride) - score <= 0)) return false;
  }
  return true;
}

/** y += factor * x over n values, n a multiple of 4. */
function addScaled(y: usize, x: usize, factor: f32, n: usize): void {
  const f = f32x4.splat(factor);
  for (let k: usize = 0; k < n << 2; k += 16) {
    v128.store(y + k, f32x4.add(v128.load(y + k), f32x4.mul(f, v128.load(x + k))));
  }
}

/** rows is (n, stride), in place: a row longer than maxNorm (Euclidean) is scaled down to it (Weston 2011, section 3). */
export function projectRows(rows: usize, maxNorm: f32, n: usize, stride: usize): void {
  if (maxNorm == <f32>Infinity) return;
  for (let i: usize = 0; i < n; i++) {
    const row = rows + ((i * stride) << 2);
    const square = dot(row, row, stride);
    if (!(square > maxNorm * maxNorm)) continue;
    const factor = f32x4.splat(maxNorm / sqrt<f32>(square));
    for (let k: usize = 0; k < stride << 2; k += 16) v128.store(row + k, f32x4.mul(v128.load(row + k), factor));
  }
}

/** Exchanges two entries of (u32). */
function swap(list: usize, i: u32, j: u32): void {
  const a = list + ((<usize>i) << 2);
  const b = list + ((<usize>j) << 2);
  const kept = load<u32>(a);
  store<u32>(a, load<u32>(b));
  store<u32>(b, kept);
}

/**
 * Moves a track's labels to the last places of the order, so that the places before them hold its negatives. From the
 * last label on: none of the exchanges then meets a place that another has changed.
 */
function setAside(order: usize, labels: usize, nLabels: u32, nClasses: u32): void {
  for (let t = nLabels; t > 0; t--) {
    swap(order, load<u32>(labels + ((<usize>(t - 1)) << 2)), nClasses - nLabels + t - 1);
  }
}

/** Undoes the exchanges of a sample, the last one first. */
function restore(order: usize, places: usize, n: u32, labels: usize, nLabels: u32, nClasses: u32): void {
  for (let i = n; i > 0; i--) swap(order, i - 1, load<u32>(places + ((<usize>(i - 1)) << 2)));
  for (let t: u32 = 0; t < nLabels; t++) {
    swap(order, load<u32>(labels + ((<usize>t) << 2)), nClasses - nLabels + t);
  }
}

/**
 * Draws a positive label, then negatives without repetition until one violates the margin (paper, section 5: "iterate
 * randomly through" the labels), at most all of them.
 *
 * hit gets (positive, negative, L(r), N) with r = max(1, floor((nClasses - 1) / N)) after N draws. Returns the violation
 * margin + f_negative - f_positive, or 0 where there is none. z is the embedded sample, (stride); state stands where the
 * sample's own draws begin. A score that is not a number counts as a violation, so that training that diverges shows in
 * the loss.
 */
function findViolation(hit: usize, set: usize, z: usize, track: u32, margin: f32, stride: usize): f32 {
  const state = set + SET_RANDOM;
  const w = <usize>load<u32>(set);
  const nClasses = load<u32>(set, SET_CLASSES);
  const offset = <usize>load<u32>(set, SET_OFFSETS) + ((<usize>track) << 2);
  const labels = <usize>load<u32>(set, SET_LABELS) + ((<usize>load<u32>(offset)) << 2);
  const nLabels = load<u32>(offset, 4) - load<u32>(offset);
  const nNegatives = nClasses - nLabels;
  const order = <usize>load<u32>(set, SET_ORDER);
  const places = <usize>load<u32>(set, SET_PLACES);
  const rowSize = stride << 2;

  const positive = load<u32>(labels + ((<usize>nextInteger(state, nLabels)) << 2));
  const score = dot(w + <usize>positive * rowSize, z, stride);
  let violation: f32 = 0;
  let n: u32 = 0;
  setAside(order, labels, nLabels, nClasses);
  while (n < nNegatives) {
    // What has not been found by now may not be there. Looking at the others in order is a third of the work of drawing them.
    if (n == DRAWN_FIRST && noneViolates(order, n, nNegatives, w, z, margin, score, stride)) {
      store<u32>(hit, nNegatives, 12);
      restore(order, places, n, labels, nLabels, nClasses);
      return 0;
    }
    // Fisher and Yates from the front: place n gets any one of the places n to nNegatives - 1.
    const place = n + nextInteger(state, nNegatives - n);
    swap(order, n, place);
    store<u32>(places + ((<usize>n) << 2), place);
    const negative = load<u32>(order + ((<usize>n) << 2));
    n++;
    const difference = margin + dot(w + <usize>negative * rowSize, z, stride) - score;
    if (difference <= 0) continue;
    violation = difference;
    const rank = max((nClasses - 1) / n, <u32>1);
    store<u32>(hit, positive);
    store<u32>(hit, negative, 4);
    store<f32>(hit, load<f32>(<usize>load<u32>(set, SET_RANKS) + ((<usize>rank) << 2)), 8);
    break;
  }
  store<u32>(hit, n, 12);
  restore(order, places, n, labels, nLabels, nClasses);
  return violation;
}

/**
 * One step on one batch: out is (3) f64: the batch's mean loss L(r) * violation, the number of samples with a violation,
 * and of negatives drawn.
 *
 * v is (nFeatures, stride) and set's W (nClasses, stride), in place. x is (batchSize, nFeatures), standardised; it is
 * overwritten. tracks is (batchSize) u32: each sample's track, whose labels it has. work is room for 2 * batchSize * stride
 * f32 and 4 * batchSize u32. batch is the number of the batch in its set, from 0: it alone decides the draws.
 *
 * The gradient is the mean over the whole batch at the weights before it, as in the paper's mini-batches; Weston 2011
 * steps after each sample.
 */
export function warpStep(
  out: usize,
  v: usize,
  set: usize,
  x: usize,
  tracks: usize,
  work: usize,
  settings: usize,
  batch: u32,
  batchSize: usize,
  nFeatures: usize,
  stride: usize,
): void {
  const rate = load<f32>(settings) / <f32>batchSize;
  const margin = load<f32>(settings, 4);
  const rowSize = stride << 2;
  const z = work;
  const g = z + batchSize * rowSize;
  const hits = g + batchSize * rowSize;
  const w = <usize>load<u32>(set);

  product(z, x, v, 0, batchSize, nFeatures, stride);

  let loss: f64 = 0;
  let draws: u32 = 0;
  let n: usize = 0;
  for (let i: usize = 0; i < batchSize; i++) {
    seek(set + SET_RANDOM, (<u64>batch * batchSize + i) << SAMPLE_WORDS);
    const hit = hits + n * HIT_SIZE;
    const violation = findViolation(hit, set, z + i * rowSize, load<u32>(tracks + (i << 2)), margin, stride);
    draws += load<u32>(hit, 12);
    if (violation == 0) continue;
    const weight = load<f32>(hit, 8);
    loss += <f64>weight * <f64>violation;
    // The sample's gradient by z, taken before any W moves; samples without one are closed up.
    const positive = w + <usize>load<u32>(hit) * rowSize;
    const negative = w + <usize>load<u32>(hit, 4) * rowSize;
    subtractScaled(g + n * rowSize, negative, positive, weight, stride);
    if (n < i) {
      memory.copy(z + n * rowSize, z + i * rowSize, rowSize);
      memory.copy(x + ((n * nFeatures) << 2), x + ((i * nFeatures) << 2), nFeatures << 2);
    }
    n++;
  }

  for (let i: usize = 0; i < n; i++) {
    const hit = hits + i * HIT_SIZE;
    const change = rate * load<f32>(hit, 8);
    addScaled(w + <usize>load<u32>(hit) * rowSize, z + i * rowSize, change, stride);
    addScaled(w + <usize>load<u32>(hit, 4) * rowSize, z + i * rowSize, -change, stride);
  }
  addOuter(v, x, g, -rate, n, nFeatures, stride);

  projectRows(v, load<f32>(settings, 8), nFeatures, stride);
  // Only rows that have moved can have left their ball; the host has projected all of them at the start.
  for (let i: usize = 0; i < n; i++) {
    const hit = hits + i * HIT_SIZE;
    projectRows(w + <usize>load<u32>(hit) * rowSize, load<f32>(settings, 12), 1, stride);
    projectRows(w + <usize>load<u32>(hit, 4) * rowSize, load<f32>(settings, 12), 1, stride);
  }
  store<f64>(out, loss / <f64>batchSize);
  store<f64>(out, <f64>n, 8);
  store<f64>(out, <f64>draws, 16);
}

/** y = factor * (a - b) over n values, n a multiple of 4. */
function subtractScaled(y: usize, a: usize, b: usize, factor: f32, n: usize): void {
  const f = f32x4.splat(factor);
  for (let k: usize = 0; k < n << 2; k += 16) {
    v128.store(y + k, f32x4.mul(f, f32x4.sub(v128.load(a + k), v128.load(b + k))));
  }
}

/**
 * nBatches steps, one after the other: out is (nBatches, 3) f64 as of warpStep. sets is an array of set records;
 * plan is (nBatches, 2) u32: which set, and the number of the batch in it. x is (nBatches, batchSize, nFeatures), raw where
 * mean and inverse (nFeatures) are given (0 for none); it is overwritten. tracks is (nBatches, batchSize) u32.
 */
export function warpEpoch(
  out: usize,
  v: usize,
  sets: usize,
  plan: usize,
  x: usize,
  mean: usize,
  inverse: usize,
  tracks: usize,
  work: usize,
  settings: usize,
  batchSize: usize,
  nFeatures: usize,
  stride: usize,
  nBatches: usize,
): void {
  for (let b: usize = 0; b < nBatches; b++) {
    const rows = x + ((b * batchSize * nFeatures) << 2);
    if (mean) standardizeRows(rows, mean, inverse, batchSize, nFeatures);
    const set = sets + <usize>load<u32>(plan + (b << 3)) * SET_SIZE;
    const batch = load<u32>(plan + (b << 3), 4);
    const part = tracks + ((b * batchSize) << 2);
    warpStep(out + b * 24, v, set, rows, part, work, settings, batch, batchSize, nFeatures, stride);
  }
}
