"""Golden least squares, from scikit-learn in float64.

    python make.py    (Python 3.11, numpy==2.4.6, scikit-learn==1.9.1)

Writes linear.json and, for each case, `<name>.f32`: samples (rows, columns) as little-endian float32, drawn around a
prototype of their class (in "scales", of none). Solutions: `Ridge` (solver "svd") or, at alpha 0, `LinearRegression`
(LAPACK's gelsd; its default tol of 1e-6 would drop the last direction of "ill1e6") on one-hot targets, and the predictions
of `RidgeClassifier`, whose targets of -1 and 1 give the same argmax. Cases named "relative..." have alpha times the number
of rows on standardised columns (`StandardScaler`). `condition` is that of the centred (or standardised) columns.
"""
import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LinearRegression, Ridge, RidgeClassifier
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).parent
WORDS = ["blues", "classical", "country", "jazz", "rock"]


def well(rng, rows, columns, classes):
    labels = rng.integers(classes, size=rows)
    prototypes = rng.normal(size=(classes, columns))
    return prototypes[labels] + rng.normal(size=(rows, columns)), labels


def ill(rng, rows, columns, classes, condition):
    x, labels = well(rng, rows, columns, classes)
    u, _, vt = np.linalg.svd(x - x.mean(0), full_matrices=False)
    return u * np.geomspace(1, 1 / condition, columns) @ vt * np.sqrt(rows), labels


def cases():
    rng = np.random.default_rng(7)
    yield "well", 0.01, *well(rng, 150, 6, 3)
    yield "plain", 0.0, *well(rng, 150, 6, 3)
    yield "strong", 50.0, *well(rng, 120, 5, 4)
    x, labels = well(rng, 200, 7, 3)
    yield "offset", 0.01, x + 1e4 * np.arange(1, 8) / 4, labels
    yield "scales", 0.0, well(rng, 200, 6, 3)[0] * 10.0 ** np.arange(-3, 3), rng.integers(3, size=200)
    yield "ill1e3", 0.0, *ill(rng, 200, 8, 3, 1e3)
    yield "ill1e6", 0.0, *ill(rng, 200, 8, 3, 1e6)
    yield "illridge", 1e-6, *ill(rng, 200, 8, 3, 1e6)
    yield "wide", 0.01, *well(rng, 30, 60, 5)
    yield "relative", 0.01, *well(rng, 80, 6, 3)
    x, labels = well(rng, 90, 7, 3)
    yield "relativescales", 0.1, x * 10.0 ** np.arange(-3, 4) + 7, labels
    x, labels = well(rng, 40, 50, 4)
    x[:, [3, 49]] = [0, 0.1]  # constant columns
    yield "relativewide", 0.001, x, labels
    # Many columns for each class, far from zero and of all sizes: refined from float32 products.
    for name, alpha in (("broad", 0.01), ("relativebroad", 0.001)):
        x, labels = well(rng, 160, 56, 2)
        yield name, alpha, (x + 100 * rng.normal(size=56)) * 10.0 ** rng.uniform(-2, 2, size=56), labels


def run(name, alpha, x, labels):
    x = x.astype(np.float32)
    x.astype("<f4").tofile(HERE / f"{name}.f32")
    x = x.astype(np.float64)
    targets = np.eye(labels.max() + 1)[labels]
    relative = name.startswith("relative")
    scaler = StandardScaler(with_std=relative).fit(x)
    penalty = alpha * len(x) if relative else alpha
    features = scaler.transform(x) if relative else x
    model = Ridge(alpha=penalty, solver="svd") if alpha else LinearRegression(tol=1e-12)
    model.fit(features, targets)
    words = np.array(WORDS)[labels]
    coef = model.coef_ / scaler.scale_ if relative else model.coef_
    return dict(
        name=name,
        alpha=alpha,
        penalty="relative" if relative else "absolute",
        rows=x.shape[0],
        columns=x.shape[1],
        condition=float(np.linalg.cond(scaler.transform(x))),
        labels=words.tolist(),
        coef=coef.tolist(),
        intercept=(model.intercept_ - coef @ scaler.mean_ if relative else model.intercept_).tolist(),
        scores=model.predict(features[:20]).tolist(),
        predictions=RidgeClassifier(alpha=penalty, solver="svd").fit(features, words).predict(features).tolist(),
    )


if __name__ == "__main__":
    (HERE / "linear.json").write_text(json.dumps([run(*case) for case in cases()]) + "\n")
