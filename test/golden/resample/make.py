"""Golden values of resampling, from SciPy in float64.

    python make.py    (Python 3.11, numpy==2.4.6, scipy==1.17.1)

Writes resampled.json: for each pair of rates what scipy.signal.resample_poly gives for noise, with a filter that
scipy.signal.firwin designs from the same three numbers as src/resample.ts (80 zero crossings, cutoff 0.951, Kaiser's beta
12.26526). The noise is not stored: both sides make it with the generator below (32-bit linear congruential, Numerical
Recipes), whose values are exact in float32. Outputs are rounded to nine digits.

    python make.py floors

prints the signal-to-error ratios of soxr's very high quality (soxr==1.1.0) and of resample_poly's default filter for tones,
the yardsticks beside which the floors of test/resample.test.ts stand.
"""
import json
import sys
from math import gcd
from pathlib import Path

import numpy as np
from scipy.signal import firwin, resample_poly

ZEROS, CUTOFF, BETA = 80, 0.951, 12.26526
PAIRS = [(44100, 22050), (48000, 22050), (32000, 22050), (8000, 22050), (11025, 22050), (96000, 22050), (44099, 22050), (22050, 44100)]
SAMPLES = 300


def noise(seed, n):
    state, values = seed, np.empty(n)
    for i in range(n):
        state = (1664525 * state + 1013904223) % 2**32
        values[i] = 2 * ((state >> 16) / 65536 - 0.5)
    return values


def resample(y, orig_sr, target_sr):
    g = gcd(orig_sr, target_sr)
    up, down = target_sr // g, orig_sr // g
    longer = max(up, down)
    h = firwin(2 * ZEROS * longer + 1, CUTOFF / longer, window=("kaiser", BETA))
    return resample_poly(y, up, down, window=h)


def floors():
    import soxr

    for orig_sr, target_sr in PAIRS:
        for part in (0.1, 0.5, 0.9):
            f = part * min(orig_sr, target_sr) / 2
            n = orig_sr
            y = np.sin(2 * np.pi * f * np.arange(n) / orig_sr)
            row = []
            for out in (soxr.resample(y.astype(np.float32), orig_sr, target_sr, "VHQ"), resample_poly(y, *(r // gcd(orig_sr, target_sr) for r in (target_sr, orig_sr)))):
                want = np.sin(2 * np.pi * f * np.arange(len(out)) / target_sr)
                middle = slice(len(out) // 4, 3 * len(out) // 4)
                row.append(10 * np.log10(np.sum(want[middle] ** 2) / np.sum((out - want)[middle] ** 2)))
            print(orig_sr, target_sr, part, "soxr VHQ %.1f dB, resample_poly %.1f dB" % tuple(row))


if __name__ == "__main__":
    if sys.argv[1:] == ["floors"]:
        floors()
    else:
        y = noise(1, SAMPLES)
        cases = [dict(origSr=a, targetSr=b, seed=1, samples=SAMPLES, y=[float("%.9g" % v) for v in resample(y, a, b)]) for a, b in PAIRS]
        Path(__file__).with_name("resampled.json").write_text(json.dumps(cases) + "\n")
