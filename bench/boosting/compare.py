"""Compares models/boosting with XGBoost 1.7.4 hist: same data, same
parameters, turn by turn on the same machine, medians of the ratios.

Run from the project's folder with a Python that has xgboost:

    python3 bench/boosting/compare.py [case …]

Cases are small, full and large, with 1 or 2 threads: small/1, large/2, …
"""

import csv
import gzip
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import xgboost

SHARED = os.path.join("..", "shared", "data")
ORDERS = {
    "cut": ["Fair", "Good", "Very Good", "Premium", "Ideal"],
    "color": ["J", "I", "H", "G", "F", "E", "D"],
    "clarity": ["I1", "SI2", "SI1", "VS2", "VS1", "VVS2", "VVS1", "IF"],
}
BEST = dict(n_estimators=920, max_depth=6, learning_rate=0.02255, min_child_weight=5,
            reg_lambda=3.15e-8, reg_alpha=8.03e-5, colsample_bytree=0.7)
LARGE = dict(n_estimators=200, max_depth=8, learning_rate=0.1, min_child_weight=1, reg_lambda=1.0)
GO = dict(n_estimators="Trees", max_depth="MaxDepth", learning_rate="LearningRate",
          min_child_weight="MinChildWeight", reg_lambda="Lambda", reg_alpha="Alpha",
          colsample_bytree="ColsampleByTree")


def read(path):
    """X and y of a file of diamonds: every column but the price, in order."""
    with (gzip.open if path.endswith("gz") else open)(path, "rt") as f:
        rows = list(csv.reader(f))
    names, rows = rows[0], rows[1:]
    columns = [[ORDERS[n].index(v) if n in ORDERS else v for v in c] for n, c in zip(names, zip(*rows))]
    d = np.array(columns, dtype=np.float64).T
    price = names.index("price")
    return np.delete(d, price, axis=1), d[:, price]


def small():
    x, y = read(f"{SHARED}/diamonds/diamonds_xtream.csv")
    with open(f"{SHARED}/notebook/split.csv") as f:
        split = list(csv.DictReader(f))
    rows = {p: [int(r["row"]) for r in split if r["part"] == p] for p in ("train", "test")}
    return (x[rows["train"]], y[rows["train"]]), (x[rows["test"]], y[rows["test"]]), BEST


def full():
    x, y = read(f"{SHARED}/diamonds/diamonds_ggplot2_full.csv.gz")
    order = np.random.RandomState(0).permutation(len(y))
    train, test = np.split(order, [int(len(y) * 0.8)])
    return (x[train], y[train]), (x[test], y[test]), BEST


def large():
    """A million stones: those of the full set, every measure jittered."""
    (x, y), test, _ = full()
    rng = np.random.RandomState(1)
    rows = rng.randint(0, len(y), 1_000_000)
    x, y = x[rows], y[rows]
    for j in [0, 4, 5, 6, 7, 8]:
        x[:, j] *= 1 + 0.01 * rng.randn(len(y))
    return (x, y * (1 + 0.01 * rng.randn(len(y)))), test, LARGE


def write(path, x, y):
    with open(path, "wb") as f:
        np.array(x.shape, np.uint64).tofile(f)
        np.ascontiguousarray(x).tofile(f)
        y.tofile(f)


def peer(train, test, params, threads):
    x, y = train
    m = xgboost.XGBRegressor(tree_method="hist", n_jobs=threads, **params)
    start = time.time()
    m.fit(x, y)
    fit = time.time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    x, y = test
    best = float("inf")
    for _ in range(3):
        start = time.time()
        p = m.predict(x)
        best = min(best, time.time() - start)
    return dict(fit=fit, predict=best, mae=float(np.abs(p - y).mean()), peak=memory)


def main():
    wanted = sys.argv[1:] or ["small/1", "small/2", "full/1", "full/2", "large/1", "large/2"]
    with tempfile.TemporaryDirectory() as tmp:
        binary = os.path.join(tmp, "boosting")
        subprocess.run(["go", "build", "-o", binary, "./bench/boosting"], check=True)
        for case in wanted:
            name, threads = case.split("/")
            train, test, params = globals()[name]()
            files = {}
            for part, d in [("train", train), ("test", test)]:
                files[part] = os.path.join(tmp, part)
                write(files[part], *d)
            ours, theirs = [], []
            for _ in range(3 if name == "large" else 5):
                out = subprocess.run(
                    [binary, "-train", files["train"], "-test", files["test"], "-cores", threads,
                     "-params", json.dumps({GO[k]: v for k, v in params.items()})],
                    check=True, capture_output=True, env={**os.environ, "GOMAXPROCS": threads}).stdout
                ours.append(json.loads(out))
                theirs.append(peer(train, test, params, int(threads)))
            ratio = lambda k: statistics.median(a[k] / b[k] for a, b in zip(ours, theirs))
            low = lambda r, k: min(x[k] for x in r)
            print(f"{case:8} rows {len(train[1]):8}  fit {low(ours, 'fit'):7.3f} s : {low(theirs, 'fit'):7.3f} s = {ratio('fit'):.2f}"
                  f"  MAE {low(ours, 'mae'):.2f} : {low(theirs, 'mae'):.2f} = {ratio('mae'):.4f}"
                  f"  predict {len(test[1]) / low(ours, 'predict'):9.0f} : {len(test[1]) / low(theirs, 'predict'):9.0f} rows/s = {1 / ratio('predict'):.1f}x"
                  f"  row {1e6 * low(ours, 'row'):.1f} us  peak {low(ours, 'peak'):.0f} MB : {low(theirs, 'peak'):.0f} MB (with Python's own)", flush=True)


main()
