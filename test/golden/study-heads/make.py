"""Logistic regression from scikit-learn and a small network's steps from PyTorch, both in float64.

    python3.11 -m venv v && v/bin/pip install numpy==2.4.6 scikit-learn==1.9.1 torch==2.15.0
    v/bin/python make.py      # writes golden.json beside itself

Samples come from a 32-bit linear congruential generator (Numerical Recipes; its 12 upper bits), which the test has as well
(test/reference/samples.ts): value = offset + scale * (u - 0.5), exact in float32. The label of row i is i mod classes, and column k
gets 0.4 where k mod classes is the label. Columns are then brought to mean 0 and deviation 1 (StandardScaler).
"""
import json
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

torch.set_default_dtype(torch.float64)


def seeded(seed, n):
    out, state = np.empty(n), seed
    for i in range(n):
        state = (1664525 * state + 1013904223) % 2**32
        out[i] = (state >> 20) / 4096 - 0.5
    return out


def samples(seed, rows, columns, classes):
    x = seeded(seed, rows * columns).reshape(rows, columns)
    labels = np.arange(rows) % classes
    x += 0.4 * (np.arange(columns)[None, :] % classes == labels[:, None])
    return x.astype(np.float32).astype(np.float64), labels


logistic = []
for name, seed, rows, columns, classes, alpha in [
    ("three classes", 1, 60, 5, 3, 0.01),
    ("strong ridge", 2, 80, 7, 4, 1.0),
    ("weak ridge, separable", 3, 30, 12, 3, 1e-4),
    ("more columns than rows", 4, 20, 40, 5, 0.01),
    ("two classes", 5, 50, 6, 2, 0.02),
]:
    x, labels = samples(seed, rows, columns, classes)
    z = StandardScaler().fit_transform(x)
    # One vector for two classes there, one each here: half the squares for the same map.
    C = (2 if classes == 2 else 1) / (alpha * rows)
    model = LogisticRegression(C=C, tol=1e-12, max_iter=100000, solver="newton-cholesky").fit(z, labels)
    scores = model.decision_function(z)
    if classes == 2:
        scores = np.stack([-scores / 2, scores / 2], 1)
    scores -= scores.mean(1, keepdims=True)
    logistic.append(
        {
            "name": name, "seed": seed, "rows": rows, "columns": columns, "classes": classes, "alpha": alpha,
            "coef": None if classes == 2 else model.coef_.tolist(),
            "probabilities": model.predict_proba(z)[:10].tolist(),
            "scores": scores[:10].tolist(),
        }
    )

rows, columns, classes, hidden, alpha = 24, 6, 3, 5, 0.05
x, labels = samples(6, rows, columns, classes)
start = {
    name: (2 * seeded(seed, size)).astype(np.float32).astype(np.float64)
    for name, seed, size in [("A", 7, columns * hidden), ("b", 8, hidden), ("V", 9, hidden * classes), ("c", 10, classes)]
}
shapes = {"A": (columns, hidden), "b": (hidden,), "V": (hidden, classes), "c": (classes,)}
p = {k: torch.tensor(v.reshape(shapes[k]), requires_grad=True) for k, v in start.items()}
adam = torch.optim.Adam(list(p.values()), lr=0.03)
losses, first = [], None
for _ in range(4):
    h = torch.relu(torch.tensor(x) @ p["A"] + p["b"])
    loss = torch.nn.functional.cross_entropy(h @ p["V"] + p["c"], torch.tensor(labels))
    loss = loss + alpha / 2 * (p["A"].square().sum() + p["V"].square().sum())
    adam.zero_grad()
    loss.backward()
    losses.append(float(loss.detach()))
    first = first or {k: v.grad.numpy().ravel().tolist() for k, v in p.items()}
    adam.step()
network = {
    "rows": rows, "columns": columns, "classes": classes, "hidden": hidden, "alpha": alpha, "losses": losses,
    "gradients": first, "weights": {k: v.detach().numpy().ravel().tolist() for k, v in p.items()},
}
text = json.dumps({"logistic": logistic, "network": network})
Path(__file__).with_name("golden.json").write_text(text + "\n")
