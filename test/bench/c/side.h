/* A program that speaks the protocol of ../child.mjs defines these two functions; side.c has main. */
#ifndef SIDE_H
#define SIDE_H
#include <stddef.h>

/* Reads a whole file of raw values; size gets its number of bytes. Ends the program where it cannot. */
void *read_file(const char *path, size_t *size);

/* Memory on 64-byte boundaries. Ends the program where there is none. */
void *aligned(size_t size);

/* Takes the program's arguments, before anything is timed. */
void set_up(int argc, char **argv);

/* Does the work once and gives what was computed: n float32. */
const float *work(size_t *n);

#endif
