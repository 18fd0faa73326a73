"""Compares models/boosting with XGBoost 1.7.4 hist: same data, same
parameters, turn by turn on the same machine, each fit in a process of its own
that reads the same files.

Run from the project's folder with a Python that has xgboost:

    python3 bench/boosting/compare.py [-n turns] [case …]

Cases are small, full and large, with 1 or 2 threads: small/1, large/2, …
Times are each side's best, since what else the machine does only adds to them;
every turn has a seed of its own, and MAE are means over them. Memory is the
most that was resident while fitting, beyond what was before, with the data
loaded.
"""

import argparse
import csv
import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

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


def load(path):
    with open(path, "rb") as f:
        rows, columns = np.fromfile(f, np.uint64, 2).astype(int)
        x = np.fromfile(f, np.float64, rows * columns).reshape(rows, columns)
        return x, np.fromfile(f, np.float64, rows)


def resident(what):
    """A number of this process's memory in MB: VmRSS now, VmHWM at most."""
    with open("/proc/self/status") as f:
        return next(int(line.split()[1]) / 1024 for line in f if line.startswith(what))


def peer(train, test, params, threads, seed):
    """What main.go measures, of XGBoost."""
    import xgboost

    x, y = load(train)
    m = xgboost.XGBRegressor(tree_method="hist", n_jobs=threads, random_state=seed, **params)
    with open("/proc/self/clear_refs", "w") as f:
        f.write("5")  # VmHWM starts again
    before = resident("VmRSS")
    start = time.time()
    m.fit(x, y)
    r = dict(fit=time.time() - start, memory=resident("VmHWM") - before)
    x, y = load(test)
    r["predict"] = float("inf")
    for _ in range(5):
        start = time.time()
        p = m.predict(x)
        r["predict"] = min(r["predict"], time.time() - start)
    r["mae"] = float(np.abs(p - y).mean())
    print(json.dumps(r))


def run(command, **env):
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, env={**os.environ, **env}).stdout)


def compare(case, binary, tmp, turns):
    name, threads = case.split("/")
    train, test, params = globals()[name]()
    files = [os.path.join(tmp, part) for part in ("train", "test")]
    write(files[0], *train)
    write(files[1], *test)
    rows, rows_test = len(train[1]), len(test[1])
    del train, test
    ours, theirs = [], []
    for seed in range(turns):
        ours.append(run([binary, "-train", files[0], "-test", files[1], "-cores", threads, "-seed", str(seed),
                         "-params", json.dumps({GO[k]: v for k, v in params.items()})], GOMAXPROCS=threads))
        theirs.append(run([sys.executable, __file__, "--peer", json.dumps([*files, params, int(threads), seed])]))
    low = lambda r, k: min(x[k] for x in r)
    mean = lambda r, k: statistics.mean(x[k] for x in r)
    print(f"{case:8} rows {rows:8}  fit {low(ours, 'fit'):7.3f} s : {low(theirs, 'fit'):7.3f} s = {low(ours, 'fit') / low(theirs, 'fit'):.2f}"
          f"  MAE {mean(ours, 'mae'):.2f} : {mean(theirs, 'mae'):.2f} = {mean(ours, 'mae') / mean(theirs, 'mae'):.4f}"
          f"  predict {rows_test / low(ours, 'predict'):9.0f} : {rows_test / low(theirs, 'predict'):9.0f} rows/s = {low(theirs, 'predict') / low(ours, 'predict'):.1f}x"
          f"  row {1e6 * low(ours, 'row'):.1f} us  memory {mean(ours, 'memory'):.0f} : {mean(theirs, 'memory'):.0f} MB", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("-n", type=int, default=5, help="turns of each case")
    options.add_argument("--peer", help=argparse.SUPPRESS)
    options.add_argument("case", nargs="*", default=["small/1", "small/2", "full/1", "full/2", "large/1", "large/2"])
    given = options.parse_args()
    if given.peer:
        peer(*json.loads(given.peer))
        return
    with tempfile.TemporaryDirectory() as tmp:
        binary = os.path.join(tmp, "boosting")
        subprocess.run(["go", "build", "-o", binary, "./bench/boosting"], check=True)
        for case in given.case:
            compare(case, binary, tmp, given.n)


main()
