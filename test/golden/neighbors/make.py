"""Golden nearest neighbours, from scikit-learn in float64.

    python make.py    (Python 3.11, numpy==2.4.6, scikit-learn==1.9.1)

Writes neighbors.json: for each case its settings, and for each query the indices and distances of the k nearest rows by
`sklearn.metrics.pairwise_distances`, ties by index. Rows and queries are not stored: both sides make them with the generator
below, whose values are exact in float32. Where `levels` is set, values are whole numbers of few levels, so that distances
tie; elsewhere the script checks that neighbours are further apart than float32 can confuse.
"""
import json
from pathlib import Path

import numpy as np
from sklearn.metrics import pairwise_distances


def values(seed, n, offset, scale, levels):
    state = seed
    out = np.empty(n)
    for i in range(n):
        state = (1664525 * state + 1013904223) % 2**32
        u = (state >> 20) / 4096
        out[i] = np.floor(u * levels) if levels else offset + scale * (u - 0.5)
    return out.astype(np.float32).astype(np.float64)


CASES = [
    dict(seed=11, rows=60, queries=6, columns=7, k=10, offset=0.0, scale=2.0, levels=0),
    dict(seed=12, rows=300, queries=4, columns=801, k=10, offset=-8.0, scale=4.0, levels=0),
    dict(seed=13, rows=70, queries=6, columns=5, k=12, offset=0.0, scale=0.0, levels=3),
    dict(seed=14, rows=40, queries=3, columns=400, k=5, offset=1000.0, scale=1.0, levels=0),
]


def run(case):
    flat = values(case["seed"], (case["rows"] + case["queries"]) * case["columns"], case["offset"], case["scale"], case["levels"])
    both = flat.reshape(-1, case["columns"])
    rows, queries = both[: case["rows"]], both[case["rows"] :]
    out = {}
    for name, metric in [("l1", "manhattan"), ("euclidean", "euclidean"), ("cosine", "cosine")]:
        if name == "euclidean":
            # scikit-learn's own goes over squares and cancels far from zero; SciPy's takes differences.
            from scipy.spatial.distance import cdist

            d = cdist(queries, rows, "euclidean")
        elif name == "cosine" and case["offset"] == 1000.0:
            continue  # 1 - cos cancels in float64 as well: nothing to hold against
        else:
            d = pairwise_distances(queries, rows, metric)
        key = d if not case["levels"] else np.round(d, 12)
        order = np.argsort(key, axis=1, kind="stable")
        ordered = np.take_along_axis(d, order, 1)[:, : case["k"] + 1]
        if not case["levels"]:
            gaps = np.diff(ordered, axis=1) / ordered[:, 1:]
            assert gaps.min() > 2e-6, (case, name, gaps.min())
        out[name] = dict(
            indices=order[:, : case["k"]].tolist(),
            distances=np.round(ordered[:, : case["k"]], 12).tolist(),
        )
    return {**case, "neighbors": out}


if __name__ == "__main__":
    Path(__file__).with_name("neighbors.json").write_text(json.dumps([run(c) for c in CASES]) + "\n")
