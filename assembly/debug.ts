/**
 * Entry of the debug build, beside index.ts: what a host needs to hand managed arrays to the kernels. In that build
 * assertions are on and the runtime collects garbage, so that a block freed twice, or written past, shows.
 */

/** Runtime class of Float32Array, for the loader's `__newArray`. */
export const Float32ArrayId: u32 = idof<Float32Array>();
/** Runtime class of Float64Array. */
export const Float64ArrayId: u32 = idof<Float64Array>();
/** Runtime class of Int32Array. */
export const Int32ArrayId: u32 = idof<Int32Array>();

/** Address of the first value of a managed array. The caller has pinned it. */
export function dataOf(array: ArrayBufferView): usize {
  return array.dataStart;
}
