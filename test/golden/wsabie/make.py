"""A floor for WARP from LightFM, and label ranking average precision from scikit-learn, on a problem both sides can make.

LightFM 1.17 needs an older build chain:
    python3.11 -m venv v && v/bin/pip install "cython<3" "setuptools<60" wheel numpy==1.26.4 scipy==1.17.1 \\
        scikit-learn==1.9.1 randomgen==2.5.1 requests
    v/bin/pip install lightfm==1.17 --no-build-isolation
    v/bin/python make.py      # writes golden.json beside itself

The problem (test/wsabie.test.ts makes it from the same words): 12 labels with normal centres of 20 values; sample i has
label i mod 12, every third sample also label (5 a + 1) mod 12; its values are the sum of its labels' centres plus noise of
deviation 2.5. 600 samples to learn from, 300 to judge by.
"""
import json
from pathlib import Path

import numpy as np
from lightfm import LightFM
from randomgen import Philox
from scipy.sparse import coo_matrix, csr_matrix
from scipy.special import ndtri
from sklearn.metrics import label_ranking_average_precision_score as lrap

N_TRAIN, N_TEST, D, Y, NOISE = 600, 300, 20, 12, 2.5


def normal(seed, n):
    words = Philox(key=seed, counter=2**128 - 1, number=4, width=32).random_raw(n)
    return ndtri((np.asarray(words, dtype=np.float64) + 0.5) / 2**32)


n = N_TRAIN + N_TEST
centres = normal(101, Y * D).reshape(Y, D)
labels = np.zeros((n, Y), dtype=int)
for i in range(n):
    a = i % Y
    labels[i, a] = 1
    if i % 3 == 0:
        labels[i, (5 * a + 1) % Y] = 1
X = labels @ centres + NOISE * normal(102, n * D).reshape(n, D)


def judge(scores, truth):
    top = truth[np.arange(len(truth)), scores.argmax(axis=1)].mean()
    aucs = []
    for s, t in zip(scores, truth):
        pairs = s[t == 1][:, None] - s[t == 0][None, :]
        aucs.append(((pairs > 0) + 0.5 * (pairs == 0)).mean())
    return {"precisionAt1": float(top), "rocAuc": float(np.mean(aucs)), "lrap": float(lrap(truth, scores))}


Z = (X - X[:N_TRAIN].mean(axis=0)) / X[:N_TRAIN].std(axis=0)
features = csr_matrix(Z.astype(np.float32))
users, items = np.repeat(np.arange(N_TEST), Y), np.tile(np.arange(Y), N_TEST)
runs = []
for rate, epochs, seed in [(r, e, s) for r in (0.005, 0.02, 0.05) for e in (3, 10, 30) for s in range(3)]:
    model = LightFM(no_components=20, loss="warp", learning_rate=rate, max_sampled=Y, random_state=seed)
    model.fit(coo_matrix(labels[:N_TRAIN]), user_features=features[:N_TRAIN], epochs=epochs, num_threads=1)
    scores = model.predict(users, items, user_features=features[N_TRAIN:], num_threads=1).reshape(N_TEST, Y)
    runs.append({"rate": rate, "epochs": epochs, "seed": seed, **judge(scores, labels[N_TRAIN:])})

# Scores with ties, and rows with one, some and all labels.
small = np.array([[0.5, 0.5, 0.1, 0.9], [3, 2, 1, 0], [0, 1, 2, 3], [1, 1, 1, 1]], dtype=np.float32)
truth = np.array([[1, 0, 0, 0], [0, 1, 0, 1], [1, 1, 1, 1], [0, 0, 1, 1]])
examples = [
    {"scores": s.tolist(), "labels": np.flatnonzero(t).tolist(), "lrap": float(lrap(t[None], s[None]))}
    for s, t in zip(small, truth)
]
best = max(runs, key=lambda run: run["lrap"])
Path(__file__).with_name("golden.json").write_text(
    json.dumps({"lightfm": best, "lrap": examples}, indent=1) + "\n"
)
for run in runs:
    print(run)
