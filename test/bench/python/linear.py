"""Products and least squares by NumPy, SciPy (OpenBLAS both) and scikit-learn, in one thread."""
import numpy as np


def values(params, name, *shape):
    return np.fromfile(params[name], dtype=np.float32).reshape(shape)


def gemm(params):
    n, n_in, n_out = params["shape"]
    x, w = values(params, "x", n, n_in), values(params, "w", n_in, n_out)
    out = np.empty((n, n_out), dtype=np.float32)
    return lambda: np.dot(x, w, out=out)


def gram(params, dtype):
    from scipy.linalg import blas

    x = values(params, "x", *params["shape"]).astype(dtype)
    syrk = blas.ssyrk if dtype == np.float32 else blas.dsyrk
    # BLAS counts columns first: this is x.T @ x of the rows as they lie, upper half, mirrored where it is asked for.
    columns = params["shape"][1]
    out = np.zeros((columns, columns), dtype=dtype, order="F")

    def work():
        syrk(1.0, x.T, c=out, overwrite_c=True)
        return mirror

    class Mirror:
        def __array__(self, dtype=None, copy=None):
            upper = np.triu(out)
            return (upper + np.triu(out, 1).T).astype(dtype or upper.dtype)

    mirror = Mirror()
    return work


def samples(params):
    x = values(params, "x", params["rows"], params["columns"])
    labels = np.fromfile(params["labels"], dtype=np.int32)
    return x, labels


def lstsq(params):
    x, labels = samples(params)

    def work():
        targets = np.eye(params["classes"], dtype=np.float32)[labels]
        with_intercept = np.column_stack([x, np.ones(len(x), dtype=np.float32)])
        return np.linalg.lstsq(with_intercept, targets, rcond=None)[0][:-1].T

    return work


def ridge(params):
    from sklearn.linear_model import Ridge

    x, labels = samples(params)

    def work():
        targets = np.eye(params["classes"], dtype=np.float32)[labels]
        return Ridge(alpha=params["alpha"], solver="cholesky").fit(x, targets).coef_

    return work


PEERS = {
    "gemm": gemm,
    "gram32": lambda params: gram(params, np.float32),
    "gram64": lambda params: gram(params, np.float64),
    "lstsq": lstsq,
    "ridge": ridge,
}
