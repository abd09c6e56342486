"""Golden values of windows of frames, from NumPy in float64.

    python make.py    (Python 3.11, numpy==2.4.6)

Writes windows.json: for each case the settings and the windows `mean | var | max | min` that numpy gives. The frames are
not stored: both sides make them with the generator below (32-bit linear congruential, Numerical Recipes), whose values are
exact in float32.
"""
import json
from pathlib import Path

import numpy as np


def frames(seed, rows, columns, offset, scale):
    state = seed
    values = np.empty(rows * columns)
    for i in range(rows * columns):
        state = (1664525 * state + 1013904223) % 2**32
        values[i] = offset + scale * ((state >> 20) / 4096 - 0.5)
    return values.astype(np.float32).astype(np.float64).reshape(rows, columns)


def windows(x, window_length, hop_length):
    length = min(window_length, len(x))
    parts = [x[i : i + length] for i in range(0, len(x) - length + 1, hop_length)]
    return [np.concatenate([p.mean(0), p.var(0), p.max(0), p.min(0)]).tolist() for p in parts]


CASES = [
    dict(seed=1, rows=200, columns=7, offset=0.0, scale=2.0, windowLength=64, hopLength=64),
    dict(seed=2, rows=100, columns=5, offset=-8.0, scale=0.25, windowLength=64, hopLength=16),
    dict(seed=3, rows=40, columns=4, offset=1024.0, scale=0.5, windowLength=64, hopLength=64),
    dict(seed=4, rows=90, columns=3, offset=0.0, scale=1.0, windowLength=8, hopLength=20),
]

if __name__ == "__main__":
    cases = [
        {**c, "windows": windows(frames(c["seed"], c["rows"], c["columns"], c["offset"], c["scale"]), c["windowLength"], c["hopLength"])}
        for c in CASES
    ]
    Path(__file__).with_name("windows.json").write_text(json.dumps(cases, indent=0) + "\n")
