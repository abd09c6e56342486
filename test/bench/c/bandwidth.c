/* Reads as many bytes as its argument says, once, as fast as the machine can: sums of 64-bit words, which compilers vectorise. */
#include "side.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static uint64_t *memory;
static size_t words;
static float result;

void set_up(int argc, char **argv) {
  (void)argc;
  words = strtoull(argv[1], NULL, 10) / sizeof(uint64_t);
  memory = aligned(words * sizeof(uint64_t));
  for (size_t i = 0; i < words; i++) memory[i] = i;
}

const float *work(size_t *n) {
  uint64_t a = 0, b = 0, c = 0, d = 0;
  size_t part = words / 4;
  /* Four streams keep more reads under way than one. */
  for (size_t i = 0; i < part; i++) {
    a += memory[i];
    b += memory[i + part];
    c += memory[i + 2 * part];
    d += memory[i + 3 * part];
  }
  result = (float)(a + b + c + d);
  *n = 1;
  return &result;
}
