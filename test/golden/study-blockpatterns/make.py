"""Block-level patterns by plain NumPy, from src/experiment/study/blockpatterns.ts's table.

    python make.py    (Python 3.11, numpy==2.4.6)      writes golden.json beside itself

Frames come from a 32-bit linear congruential generator (Numerical Recipes; its 12 upper bits), which the test has as well
(test/reference/samples.ts), added up over time and halved at each step, so that neighbouring frames are alike.
"""
import json
from pathlib import Path

import numpy as np


def seeded(seed, n):
    out, state = np.empty(n), seed
    for i in range(n):
        state = (1664525 * state + 1013904223) % 2**32
        out[i] = (state >> 20) / 4096 - 0.5
    return out


def frames(seed, rows, columns):
    noise = seeded(seed, rows * columns).reshape(rows, columns)
    out = np.zeros((rows, columns), np.float32)
    for t in range(rows):
        # One rounding to float32 a frame, as the test does.
        out[t] = (0.5 * (out[t - 1].astype(np.float64) if t else 0) + noise[t]).astype(np.float32)
    return out.astype(np.float64)


def blocks(x, size, hop):
    x = np.concatenate([x] * -(-size // len(x))) if len(x) < size else x
    x = x[:size] if len(x) < size + hop else x
    return [x[s : s + size] for s in range(0, len(x) - size + 1, hop)]


def ordered(x, size, hop):
    return np.stack([np.sort(b, axis=0) for b in blocks(x, size, hop)])


def delta(x):
    back = min(3, len(x) - 1)
    return np.abs(x[back:] - x[: len(x) - back])


def contrast(x):
    d = x.shape[1]
    groups = min(20, max(1, d // 2))
    edges = [g * d // groups for g in range(groups + 1)]
    return np.stack([np.ptp(x[:, a:b], axis=1) for a, b in zip(edges, edges[1:])], axis=1)


def patterns(x):
    pairs = np.triu_indices(x.shape[1], 1)
    correlation = [np.corrcoef(b.T)[pairs] for b in blocks(x, 256, 128)]
    return {
        "spectral": np.percentile(ordered(x, 10, 5), 90, axis=0),
        "deltaSpectral": np.percentile(ordered(delta(x), 25, 5), 90, axis=0),
        "varianceDelta": ordered(delta(x), 25, 5).var(axis=0),
        "correlation": np.median(correlation, axis=0),
        "contrast": np.percentile(ordered(contrast(x), 40, 20), 10, axis=0),
    }


cases = []
for seed, rows, columns in [(1, 700, 5), (2, 256, 3), (3, 17, 4), (4, 2, 2)]:
    values = {k: [float(f"{v:.9g}") for v in p.ravel()] for k, p in patterns(frames(seed, rows, columns)).items()}
    cases.append({"seed": seed, "rows": rows, "columns": columns, "patterns": values})
Path(__file__).with_name("golden.json").write_text(json.dumps(cases) + "\n")
