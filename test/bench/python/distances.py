"""L1 distances by SciPy and faiss, in one thread."""
import numpy as np


def matrices(params):
    return [np.fromfile(params[name], dtype=np.float32).reshape(-1, params["columns"]) for name in ("queries", "rows")]


def by_scipy(params):
    from scipy.spatial.distance import cdist

    queries, rows = matrices(params)
    return lambda: cdist(queries, rows, "cityblock")


def by_faiss(params):
    import faiss

    faiss.omp_set_num_threads(1)
    queries, rows = matrices(params)
    index = faiss.IndexFlat(params["columns"], faiss.METRIC_L1)
    index.add(rows)
    return lambda: index.search(queries, params["k"])[0]


PEERS = {"scipy": by_scipy, "faiss": by_faiss}
