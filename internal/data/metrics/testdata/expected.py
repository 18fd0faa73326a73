"""Writes expected.json, the expected numbers of TestAgainstScikitLearn.

Run with Debian 12's python3 (python3-sklearn 1.2.1, python3-numpy 1.24.2,
python3-scipy 1.10.1): python3 expected.py > expected.json
"""
import json
import warnings

import numpy as np
import scipy.stats
from sklearn import metrics as m

warnings.simplefilter("ignore")
r = np.random.default_rng(1)
cases = []


def regression(name, y, p, w):
    cases.append({
        "name": name, "actual": list(y), "predicted": list(p), "weights": list(w),
        "want": {
            "r2": m.r2_score(y, p, sample_weight=w),
            "mae": m.mean_absolute_error(y, p, sample_weight=w),
            "rmse": m.mean_squared_error(y, p, sample_weight=w, squared=False),
            "mape": m.mean_absolute_percentage_error(y, p, sample_weight=w),
            # scikit-learn's weighted median takes the lower of two middle
            # values, its plain one their mean: ours is the plain one of the
            # rows repeated.
            "median_ae": m.median_absolute_error(np.repeat(y, w), np.repeat(p, w)),
        }})


y = np.exp(r.normal(7, 1, 60))
p = y * np.exp(r.normal(0, .2, 60))
regression("prices", y, p, np.ones(60, int))
regression("resampled prices", y, p, r.multinomial(60, np.full(60, 1 / 60)))
regression("far from zero", y + 1e9, p + 1e9, np.ones(60, int))
regression("zeros", np.array([0., 0., 1., 2.]), np.array([0., 1., 1., 4.]), np.ones(4, int))
regression("constant", np.array([3., 3., 3.]), np.array([3., 4., 3.]), np.ones(3, int))
regression("constant, found", np.array([3., 3., 3.]), np.array([3., 3., 3.]), np.ones(3, int))
regression("even", np.array([1., 2., 3., 4.]), np.array([2., 4., 6., 8.]), np.array([1, 1, 1, 1]))


def classification(name, y, proba, w, k):
    labels = list(range(k))
    said = proba.argmax(axis=1)
    rows = np.repeat(np.arange(len(y)), w)
    want = {
        "accuracy": m.accuracy_score(y, said, sample_weight=w),
        "balanced_accuracy": m.balanced_accuracy_score(y, said, sample_weight=w),
        "log_loss": m.log_loss(y, proba, sample_weight=w, labels=labels),
    }
    for average in ["macro", "weighted"]:
        for metric in ["f1", "precision", "recall"]:
            score = getattr(m, metric + "_score")
            want[metric + "_" + average] = score(y, said, sample_weight=w, average=average)
    if k == 2:
        want["roc_auc"] = m.roc_auc_score(y, proba[:, 1], sample_weight=w)
        want["pr_auc"] = m.average_precision_score(y, proba[:, 1], sample_weight=w)
        want["brier"] = m.brier_score_loss(y, proba[:, 1], sample_weight=w)
    else:
        one = np.eye(k)[y]
        want["roc_auc"] = m.roc_auc_score(y, proba, sample_weight=w, multi_class="ovr", average="macro") \
            if (w == 1).all() else np.mean([m.roc_auc_score(one[:, c], proba[:, c], sample_weight=w) for c in labels])
        want["pr_auc"] = np.mean([m.average_precision_score(one[:, c], proba[:, c], sample_weight=w) for c in labels])
        want["brier"] = np.average(((proba - one) ** 2).sum(axis=1), weights=w)
    cases.append({
        "name": name, "actual": [float(v) for v in y], "classes": [f"class {c}" for c in labels],
        "probabilities": [float(v) for v in proba.ravel()], "weights": [float(v) for v in w],
        "want": want,
        "confusion": m.confusion_matrix(y, said, sample_weight=w, labels=labels).astype(float).tolist(),
        "per_class": np.array(m.precision_recall_fscore_support(y, said, sample_weight=w, labels=labels)[:3]).T.tolist(),
    })


def draw(n, k, sharp, digits=6):
    y = np.concatenate([np.arange(k), r.integers(0, k, n - k)])
    z = r.normal(0, 1, (n, k)) + sharp * np.eye(k)[y]
    proba = np.exp(z)
    proba /= proba.sum(axis=1, keepdims=True)
    proba = np.round(proba, digits)  # rounding makes ties
    proba[:, -1] = 1 - proba[:, :-1].sum(axis=1)
    return y, proba


for name, n, k, sharp, digits in [("two classes", 60, 2, 1, 6), ("two classes, ties", 60, 2, 1, 1), ("four classes", 80, 4, 1.5, 6), ("ties", 80, 3, 1, 1)]:
    y, proba = draw(n, k, sharp, digits)
    classification(name, y, proba, np.ones(n, int), k)
y, proba = draw(80, 4, 1, 6)
w = r.multinomial(80, np.full(80, 1 / 80))
w[:4] += 1
classification("resampled", y, proba, w, 4)
certain = np.array([[1., 0.], [0., 1.], [1., 0.], [0., 1.]])
classification("certain and wrong once", np.array([0, 1, 1, 1]), certain, np.ones(4, int), 2)

mcnemar = [[a, b, scipy.stats.binomtest(min(a, b), a + b, 0.5).pvalue] for a, b in [(1, 0), (10, 2), (30, 31), (5, 25), (400, 460)]]
json.dump({"cases": cases, "mcnemar": mcnemar}, __import__("sys").stdout, default=float, indent=None)
print()
