"""Golden metrics, from scikit-learn and SciPy.

    python make.py    (Python 3.11, numpy==2.4.6, scipy==1.17.1, scikit-learn==1.9.1)

Writes metrics.json: inputs and results. Scores are multiples of 1/64 so that they tie often.
"""
import json
from pathlib import Path

import numpy as np
from scipy.stats import sem, skew
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    confusion_matrix,
    label_ranking_average_precision_score,
    roc_auc_score,
)


def binary(rng, n, share):
    truth = (rng.random(n) < share).astype(int)
    scores = np.round((rng.normal(size=n) + truth) * 16) / 64
    return dict(
        truth=truth.tolist(),
        scores=scores.tolist(),
        rocAuc=roc_auc_score(truth, scores),
        averagePrecision=average_precision_score(truth, scores),
    )


def tagging(rng, tracks, tags):
    truth = (rng.random((tracks, tags)) < 0.2).astype(int)
    truth[:, 0] = 1  # a tag of one class
    truth[:, 1] = 0
    scores = np.round((rng.normal(size=(tracks, tags)) + truth) * 16) / 64
    both = [t for t in range(tags) if 0 < truth[:, t].sum() < tracks]
    return dict(
        truth=truth.tolist(),
        scores=scores.tolist(),
        nTags=len(both),
        rocAuc=roc_auc_score(truth[:, both], scores[:, both], average="macro"),
        prAuc=average_precision_score(truth[:, both], scores[:, both], average="macro"),
        map=label_ranking_average_precision_score(truth, scores),
    )


if __name__ == "__main__":
    rng = np.random.default_rng(3)
    words = np.array(["rock", "jazz", "Blues", "pop"])
    y_true, y_pred = words[rng.integers(3, size=50)], words[rng.integers(1, 4, size=50)]
    labels = sorted(set(y_true) | set(y_pred))
    samples = [rng.poisson(10, 200).tolist(), rng.exponential(size=40).tolist(), [0.1, 0.2, 0.4]]
    golden = dict(
        classification=dict(
            yTrue=y_true.tolist(),
            yPred=y_pred.tolist(),
            accuracy=accuracy_score(y_true, y_pred),
            classes=labels,
            confusion=confusion_matrix(y_true, y_pred, labels=labels).tolist(),
        ),
        binary=[binary(rng, 60, 0.3), binary(rng, 200, 0.05), binary(rng, 30, 0.9)],
        tagging=tagging(rng, 40, 12),
        samples=[dict(values=s, skewness=skew(s), mean=np.mean(s), standardError=sem(s)) for s in samples],
    )
    Path(__file__).with_name("metrics.json").write_text(json.dumps(golden) + "\n")
