"""Golden mutual proximity (Schnitzer, Flexer, Schedl, Widmer, JMLR 2012), empirical distributions taken as independent.

    python make.py    (Python 3.11, numpy==2.4.6)

Writes proximity.json: for each case its settings, and the k rows of the greatest mutual proximity of each row to the others
(`own`) and of each query to the rows (`others`), ties by L1 distance, then by index, with their proximities. Rows and queries are not
stored: both sides make them with the generator below. Values have 12 bits and few columns, so that L1 distances are exact in
float32 and ranks are the same on both sides; where `levels` is set, values are whole numbers of few levels, so that distances tie.

The proximities come from matrices of comparisons, all at once, unlike the sorted lists that are tested.
"""
import json
from pathlib import Path

import numpy as np


def values(seed, n, scale, levels):
    state = seed
    out = np.empty(n)
    for i in range(n):
        state = (1664525 * state + 1013904223) % 2**32
        u = (state >> 20) / 4096
        out[i] = np.floor(u * levels) if levels else scale * (u - 0.5)
    return out


CASES = [
    dict(seed=21, rows=90, queries=5, columns=7, k=10, scale=2.0, levels=0),
    dict(seed=22, rows=60, queries=5, columns=3, k=12, scale=0.0, levels=4),
    dict(seed=23, rows=300, queries=3, columns=40, k=8, scale=2.0, levels=0),
    dict(seed=24, rows=2, queries=2, columns=2, k=1, scale=2.0, levels=0),
]


def ranked(mp, d, k, own):
    lists, proximities = [], []
    for i in range(len(d)):
        order = [j for j in np.lexsort((np.arange(d.shape[1]), d[i], -mp[i])) if not (own and j == i)][:k]
        lists.append([int(j) for j in order])
        proximities.append([round(float(mp[i, j]), 12) for j in order])
    return dict(indices=lists, proximities=proximities)


def run(case):
    flat = values(case["seed"], (case["rows"] + case["queries"]) * case["columns"], case["scale"], case["levels"])
    both = flat.reshape(-1, case["columns"])
    x, q = both[: case["rows"]], both[case["rows"] :]
    n = len(x)
    d = np.abs(x[:, None] - x[None]).sum(-1)
    e = np.abs(q[:, None] - x[None]).sum(-1)
    other = ~np.eye(n, dtype=bool)
    # above[y, x]: the rows but y that are further from y than x is.
    above = ((d[:, None, :] > d[:, :, None]) & other[:, None, :]).sum(-1)
    mp = above * above.T / (n - 1) ** 2
    further = (e[:, None, :] > e[:, :, None]).sum(-1)
    from_rows = ((d[None] > e[:, :, None]) & other[None]).sum(-1)
    cross = further * from_rows / (n * (n - 1))
    return {**case, "own": ranked(mp, d, case["k"], True), "others": ranked(cross, e, case["k"], False)}


if __name__ == "__main__":
    Path(__file__).with_name("proximity.json").write_text(json.dumps([run(c) for c in CASES]) + "\n")
