"""Signals that the golden scripts and the tests (test/reference/signals.ts) both compute, with the same operations in
float64 and one rounding to float32, so that no golden folder has to hold samples."""

import numpy as np


def noise(n, seed=1):
    """Uniform in [-1, 1), from a linear congruential generator."""
    out = np.empty(n)
    state = seed
    for i in range(n):
        state = (state * 1664525 + 1013904223) % 2**32
        out[i] = state / 2**31 - 1
    return out


def tone(n, step):
    """A sine by its recurrence; step is 2 cos(w)."""
    out = np.empty(n)
    before, now = 0.0, 0.03125
    for i in range(n):
        out[i] = now
        before, now = now, step * now - before
    return out


def signal(name, n):
    """One of the named signals as float32."""
    i = np.arange(n)
    values = {
        "noise": lambda: 0.5 * noise(n),
        "quiet": lambda: 1e-6 * noise(n),
        "tone": lambda: 2.0 * tone(n, 1.96875) + 0.000001 * noise(n),
        "burst": lambda: np.where((i >= 600) & (i < 1400), 4.0 * tone(n, 1.5), 0.0),
        "silence": lambda: np.zeros(n),
    }
    return values[name]().astype(np.float32)
