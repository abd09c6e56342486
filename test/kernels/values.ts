// What the specs share: numbers to try kernels on, and where they lie.

export function pointer<T>(values: StaticArray<T>): usize {
  return changetype<usize>(values);
}

/** `n` whole numbers from -8 to 8. */
export function whole(seed: u32, n: i32): StaticArray<f32> {
  const values = new StaticArray<f32>(n);
  let state = seed;
  for (let i = 0; i < n; i++) {
    state = 1664525 * state + 1013904223;
    values[i] = <f32>(<i32>(state >> 20) % 17) - 8;
  }
  return values;
}
