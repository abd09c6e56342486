/* The loop of a C peer: sets up, then answers "run N" and "output PATH" (see ../child.mjs). */
#define _POSIX_C_SOURCE 200809L
#include "side.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

void *aligned(size_t size) {
  void *memory = aligned_alloc(64, (size + 63) / 64 * 64);
  if (!memory) fail("no memory");
  memset(memory, 0, (size + 63) / 64 * 64);
  return memory;
}

void *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (!file) fail(path);
  fseek(file, 0, SEEK_END);
  *size = (size_t)ftell(file);
  rewind(file);
  void *memory = aligned(*size);
  if (fread(memory, 1, *size, file) != *size) fail(path);
  fclose(file);
  return memory;
}

static double now(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv) {
  char line[4096];
  size_t n;
  set_up(argc, argv);
  puts("ready");
  fflush(stdout);
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    if (strncmp(line, "run ", 4) == 0) {
      long times = atol(line + 4);
      double start = now(CLOCK_MONOTONIC), used = now(CLOCK_PROCESS_CPUTIME_ID);
      for (long i = 0; i < times; i++) work(&n);
      printf("%.9f %.9f\n", now(CLOCK_MONOTONIC) - start, now(CLOCK_PROCESS_CPUTIME_ID) - used);
    } else if (strncmp(line, "output ", 7) == 0) {
      const float *values = work(&n);
      FILE *file = fopen(line + 7, "wb");
      if (!file || fwrite(values, sizeof(float), n, file) != n || fclose(file) != 0) fail(line);
      puts("ok");
    }
    fflush(stdout);
  }
  return 0;
}
