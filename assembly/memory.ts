/**
 * Linear memory: the one place of the kernels that allocates, frees and so can grow it; and which generation they are of.
 *
 * The blocks come from the runtime's own TLSF heap, not from an arena on `__heap_base`: an arena would overlap the
 * managed heap in every build that has one (the debug build and the as-pect specs).
 */

/** The generation of the exports; the same number as `ABI` in `src/exports.ts`, where it is said when it rises. */
export function abi(): i32 {
  return 1;
}

/** Reserves `size` bytes, 16-byte aligned, contents undefined. Traps when the memory cannot grow. */
export function alloc(size: usize): usize {
  return heap.alloc(size);
}

/** Gives back a block that `alloc` returned; 0 is ignored. */
export function free(pointer: usize): void {
  if (pointer) heap.free(pointer);
}
