import { aggregateFrames } from "../../assembly/aggregate";

/** A 3 x 5 clip: columns that rise, are constant, alternate, are large with a small spread, and fall. */
function clip(): StaticArray<f32> {
  return StaticArray.fromArray<f32>([1, 0.1, -1, 16777214, 3, 2, 0.1, 1, 16777216, 2, 3, 0.1, -1, 16777212, 1]);
}

function pointer(values: StaticArray<f32>): usize {
  return changetype<usize>(values);
}

describe("aggregateFrames", () => {
  test("gives mean, variance, maximum and minimum of lanes and of the column left over", () => {
    const frames = clip();
    const out = new StaticArray<f32>(20);
    aggregateFrames(pointer(out), pointer(frames), 1, 3, 3, 5);
    expect<f32>(out[0]).toBe(2);
    expect<f32>(out[4]).toBe(2);
    expect<f32>(out[5]).toBe(<f32>(2.0 / 3.0));
    expect<f32>(out[9]).toBe(<f32>(2.0 / 3.0));
    expect<f32>(out[10]).toBe(3);
    expect<f32>(out[14]).toBe(3);
    expect<f32>(out[15]).toBe(1);
    expect<f32>(out[19]).toBe(1);
    expect<f32>(out[2]).toBe(<f32>(-1.0 / 3.0));
  });

  test("a constant column has its value as mean and no variance", () => {
    const frames = clip();
    const out = new StaticArray<f32>(20);
    aggregateFrames(pointer(out), pointer(frames), 1, 3, 3, 5);
    expect<f32>(out[1]).toBe(<f32>0.1);
    expect<f32>(out[6]).toBe(0);
    expect<f32>(out[11]).toBe(<f32>0.1);
    expect<f32>(out[16]).toBe(<f32>0.1);
  });

  test("a small spread on a large mean keeps its digits", () => {
    const frames = clip();
    const out = new StaticArray<f32>(20);
    aggregateFrames(pointer(out), pointer(frames), 1, 3, 3, 5);
    expect<f32>(out[3]).toBe(16777214);
    expect<f32>(out[8]).toBe(<f32>(8.0 / 3.0));
  });

  test("windows overlap where the hop is short", () => {
    const frames = clip();
    const out = new StaticArray<f32>(40);
    aggregateFrames(pointer(out), pointer(frames), 2, 2, 1, 5);
    expect<f32>(out[0]).toBe(1.5);
    expect<f32>(out[20]).toBe(2.5);
    expect<f32>(out[24]).toBe(1.5);
    expect<f32>(out[25]).toBe(0.25);
  });

  test("a variance beyond float32 is its largest value", () => {
    const frames = StaticArray.fromArray<f32>([3e38, -3e38]);
    const out = new StaticArray<f32>(4);
    aggregateFrames(pointer(out), pointer(frames), 1, 2, 2, 1);
    expect<f32>(out[0]).toBe(0);
    expect<f32>(out[1]).toBe(f32.MAX_VALUE);
  });

  test("blocks of 64 frames are one window, and a column alone has the bits of one in lanes", () => {
    const n = 131;
    const frames = new StaticArray<f32>(n * 5);
    for (let t = 0; t < n; t++) {
      for (let c = 0; c < 5; c++) frames[t * 5 + c] = <f32>((t * 37) % 64);
    }
    const out = new StaticArray<f32>(20);
    aggregateFrames(pointer(out), pointer(frames), 1, n, n, 5);
    let sum: f64 = 0;
    let squares: f64 = 0;
    for (let t = 0; t < n; t++) {
      const value = <f64>((t * 37) % 64);
      sum += value;
      squares += value * value;
    }
    // Whole numbers below 2^24 are summed without an error.
    expect<f32>(out[0]).toBe(<f32>(sum / <f64>n));
    expect<f32>(out[4]).toBe(out[0]);
    const variance = squares / <f64>n - (sum / <f64>n) * (sum / <f64>n);
    expect<bool>(abs<f64>(<f64>out[5] - variance) < 1e-4).toBe(true);
    expect<f32>(out[9]).toBe(out[5]);
    expect<f32>(out[14]).toBe(63);
    expect<f32>(out[19]).toBe(0);
  });
});
