/*
 * Log-Mel frames with FFTW3f, as a C programmer would write them: frame by frame window, real FFT, magnitude, banded Mel
 * filters, logarithm. Arguments: the signal (float32), then the filter bank (200 x 513 float32), of which only the
 * non-zero bands are gone through.
 */
#include "side.h"
#include <fftw3.h>
#include <math.h>

enum { N = 1024, HOP = 512, BINS = N / 2 + 1, MELS = 200 };

static const float *signal_, *bank;
static float *frames, *input;
static float window[N], magnitude[BINS];
static int first[MELS], last[MELS];
static fftwf_complex *spectrum;
static fftwf_plan plan;
static size_t count;

void set_up(int argc, char **argv) {
  (void)argc;
  size_t size;
  signal_ = read_file(argv[1], &size);
  count = 1 + (size / sizeof(float) - N) / HOP;
  bank = read_file(argv[2], &size);
  frames = aligned(count * MELS * sizeof(float));
  for (int i = 0; i < N; i++) window[i] = (float)(0.5 - 0.5 * cos(2 * M_PI * i / N));
  for (int m = 0; m < MELS; m++) {
    const float *row = bank + m * BINS;
    first[m] = 0;
    while (first[m] < BINS && row[first[m]] == 0) first[m]++;
    last[m] = BINS;
    while (last[m] > first[m] && row[last[m] - 1] == 0) last[m]--;
  }
  input = fftwf_alloc_real(N);
  spectrum = fftwf_alloc_complex(BINS);
  plan = fftwf_plan_dft_r2c_1d(N, input, spectrum, FFTW_MEASURE);
}

const float *work(size_t *n) {
  for (size_t t = 0; t < count; t++) {
    const float *y = signal_ + t * HOP;
    float *out = frames + t * MELS;
    for (int i = 0; i < N; i++) input[i] = y[i] * window[i];
    fftwf_execute(plan);
    for (int k = 0; k < BINS; k++) {
      float re = spectrum[k][0], im = spectrum[k][1];
      magnitude[k] = sqrtf(re * re + im * im);
    }
    for (int m = 0; m < MELS; m++) {
      const float *row = bank + m * BINS;
      float sum = 0;
      for (int k = first[m]; k < last[m]; k++) sum += row[k] * magnitude[k];
      out[m] = logf(sum > 1e-5f ? sum : 1e-5f);
    }
  }
  *n = count * MELS;
  return frames;
}
