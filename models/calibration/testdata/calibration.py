"""Writes calibration.json: what scikit-learn makes of the same held-out rows.

Run with scikit-learn 1.9: python3 calibration.py > calibration.json
"""
import json
import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.isotonic import IsotonicRegression

rng = np.random.default_rng(7)


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def case(n, k, sure):
    z = rng.normal(size=(n, k)) * 1.5
    truth = softmax(z)
    y = (truth.cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1)
    p = np.round(softmax(z * sure), 3) + 1e-4  # rounded: with ties
    p /= p.sum(axis=1, keepdims=True)
    # Truth drawn in as the Go code does it, and the loss minimised by SciPy.
    target = np.full((n, k), 1 / (n + 2) / (k - 1))
    target[np.arange(n), y] = 1 - 1 / (n + 2)
    loss = lambda t: -(target * np.log(softmax(np.log(p) / np.exp(t)))).sum()
    temperature = np.exp(minimize_scalar(loss, bounds=(-3, 6), method="bounded", options={"xatol": 1e-10}).x)
    curves = [IsotonicRegression(out_of_bounds="clip").fit(p[:, c], y == c).predict(p[:, c])
              for c in ([1] if k == 2 else range(k))]
    return {"classes": k, "y": y.tolist(), "p": p.ravel().tolist(), "temperature": temperature,
            "isotonic": [c.tolist() for c in curves]}


print(json.dumps({"two": case(300, 2, 2.5), "three": case(200, 3, 0.5)}))
