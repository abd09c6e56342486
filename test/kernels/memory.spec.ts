import { alloc, free } from "../../assembly/memory";

describe("memory", () => {
  test("blocks are aligned to 16 bytes and do not overlap", () => {
    const a = alloc(3);
    const b = alloc(1000);
    expect<usize>(a & 15).toBe(0);
    expect<usize>(b & 15).toBe(0);
    expect<bool>(b >= a + 3 || a >= b + 1000).toBe(true);
    free(a);
    free(b);
  });

  test("a freed block is used again", () => {
    const a = alloc(4096);
    free(a);
    const b = alloc(4096);
    expect<usize>(b).toBe(a);
    free(b);
  });

  test("free takes 0", () => {
    free(0);
    expect<usize>(alloc(16)).not.toBe(0);
  });
});
