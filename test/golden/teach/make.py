"""Golden few-shot pieces, from scikit-learn and SciPy in float64.

    python make.py    (Python 3.11, numpy==2.4.6, scipy==1.17.1, scikit-learn==1.9.1)

Writes teach.json. "ridge": rows whose products are given, with weights that add up to 1; coefficients do not appear, only the outputs
for the rows and for others, of `Ridge(alpha, solver="svd")` with `sample_weight`, which minimises the same sum. "sharpness": held-out
scores with weights, their `scipy.special.softmax` at 1, and the minimum of log loss plus gamma prior by
`scipy.optimize.minimize_scalar`. "pieces": the mean over rows of columns cut into three, by `numpy.interp`.
"""
import json
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.linear_model import Ridge

HERE = Path(__file__).parent
PRIOR, TRACKS = 7, 8
rng = np.random.default_rng(20261123)


def ridge(n, columns, classes, alpha):
    labels = np.concatenate([np.arange(classes), rng.integers(classes, size=n - classes)])
    rows = (rng.normal(size=(n, columns)) + 0.7 * rng.normal(size=(classes, columns))[labels]).astype(np.float32)
    others = rng.normal(size=(4, columns)).astype(np.float32)
    weights = rng.uniform(0.2, 2, size=n)
    weights /= weights.sum()
    model = Ridge(alpha=alpha, solver="svd").fit(rows.astype(float), np.eye(classes)[labels], sample_weight=weights)
    return {
        "alpha": alpha,
        "classes": labels.tolist(),
        "weights": weights.tolist(),
        "rows": [[float(x) for x in row] for row in np.concatenate([rows, others])],
        "outputs": model.predict(np.concatenate([rows, others]).astype(float)).tolist(),
    }


def sharpness(n, classes, signal):
    labels = rng.integers(classes, size=n)
    scores = rng.normal(size=(n, classes)) * 0.2 + signal * np.eye(classes)[labels]
    weights = rng.uniform(0.5, 1.5, size=n)

    def loss(log_factor):
        factor = np.exp(log_factor)
        fit = -(weights * log_softmax(factor * scores, axis=1)[np.arange(n), labels]).sum()
        return fit + TRACKS * (factor / PRIOR - np.log(factor))

    found = minimize_scalar(loss, bounds=(-5, 6), method="bounded", options={"xatol": 1e-12})
    return {
        "classes": labels.tolist(),
        "scores": scores.tolist(),
        "weights": weights.tolist(),
        "softmax": softmax(scores, axis=1).tolist(),
        "sharpness": float(np.exp(found.x)),
    }


def pieces(n, columns, embedded):
    mean, factor = rng.normal(size=columns), rng.uniform(0.2, 3, size=columns)
    factor[1] = 0
    rows = (mean + rng.normal(size=(n, columns)) * 1.2).astype(np.float32)
    z = (rows.astype(float) - mean) * factor
    cut = [np.interp(z, [-1.5, -0.5], [-1, 0]), np.interp(z, [-0.5, 0.5], [-0.5, 0.5]), np.interp(z, [0.5, 1.5], [0, 1])]
    share = np.where(np.arange(columns) < embedded, embedded, columns - embedded)[:, None]
    means = np.stack(cut, axis=-1).mean(axis=0) / np.sqrt(2 * share)
    return {
        "rows": [[float(x) for x in row] for row in rows],
        "mean": mean.tolist(),
        "factor": factor.tolist(),
        "embedded": embedded,
        "pieces": means.ravel().tolist(),
    }


cases = {
    "ridge": [ridge(7, 12, 2, 0.01), ridge(13, 5, 3, 0.1), ridge(6, 9, 3, 1)],
    "sharpness": [sharpness(4, 2, 0.4), sharpness(20, 3, 0.3), sharpness(30, 5, 0), sharpness(40, 2, 2)],
    "pieces": [pieces(1, 5, 2), pieces(7, 12, 4)],
}
(HERE / "teach.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
