"""Compares models/boosting with XGBoost hist and LightGBM: same data, same
parameters, turn by turn on the same machine, each fit in a process of its own
that reads the same files.

Run from the project's folder with a Python that has either of them:

    python3 bench/boosting/compare.py [-n turns] [case …]

Cases are small, full and large of numbers, and two, five and twenty of classes,
with 1 or 2 threads: small/1, large/2, … Seconds are of the processor, user and
system, with one thread, and of the clock with more. Of the turns, ours and each
peer's, the least counts, since what else the machine does only adds to them;
every turn has a seed of its own, and losses (MAE, or the log loss) are means
over them. Memory is the most that was resident while fitting, beyond what was
before, with the data loaded.
"""

import argparse
import csv
import gzip
import importlib.util
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
CLASSES = dict(n_estimators=200, max_depth=6, learning_rate=0.1, reg_lambda=1.0, min_child_weight=1)
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


def classes(target, left_out, trees=200):
    """The full set with another target: its class by the stone's row."""
    x, price = read(f"{SHARED}/diamonds/diamonds_ggplot2_full.csv.gz")
    x = np.column_stack([x, price])
    y = target(x).astype(np.float64)
    x = np.delete(x, left_out, axis=1)
    order = np.random.RandomState(0).permutation(len(y))
    train, test = np.split(order, [int(len(y) * 0.8)])
    return (x[train], y[train]), (x[test], y[test]), {**CLASSES, "n_estimators": trees}


def two():
    """Is the price above the median?"""
    return classes(lambda x: x[:, -1] > np.median(x[:, -1]), -1)


def five():
    """Which cut is it?"""
    return classes(lambda x: x[:, 1], 1)


def twenty():
    """Which cut, and which of four groups of colours?"""
    return classes(lambda x: 4 * x[:, 1] + np.minimum(x[:, 2] // 2, 3), [1, 2], 50)


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


def xgboost(threads, seed, classes, params):
    import xgboost
    kind = xgboost.XGBClassifier if classes else xgboost.XGBRegressor
    return kind(tree_method="hist", n_jobs=threads, random_state=seed, **params)


def lightgbm(threads, seed, classes, params):
    import lightgbm
    kind = lightgbm.LGBMClassifier if classes else lightgbm.LGBMRegressor
    params = dict(params)
    if "colsample_bytree" in params:
        params["feature_fraction_seed"] = seed
    params["min_child_weight"], params["min_child_samples"] = (params["min_child_weight"], 1) if classes else (0, params["min_child_weight"])
    return kind(num_leaves=2 ** params["max_depth"], n_jobs=threads, random_state=seed, verbose=-1, **params)


PEERS = [xgboost, lightgbm]


def peer(name, train, test, params, threads, seed, classes):
    """What main.go measures, of a peer."""
    x, y = load(train)
    m = globals()[name](threads, seed, classes, params)
    with open("/proc/self/clear_refs", "w") as f:
        f.write("5")  # VmHWM starts again
    before = resident("VmRSS")
    clock = time.process_time if threads == 1 else time.time
    start = clock()
    m.fit(x, y)
    r = dict(fit=clock() - start, memory=resident("VmHWM") - before)
    x, y = load(test)
    r["predict"] = float("inf")
    for _ in range(5):
        start = clock()
        p = m.predict_proba(x) if classes else m.predict(x)
        r["predict"] = min(r["predict"], clock() - start)
    r["loss"] = float(-np.log(p[np.arange(len(y)), y.astype(int)]).mean() if classes else np.abs(p - y).mean())
    print(json.dumps(r))


def run(command, **env):
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, env={**os.environ, **env}).stdout)


def compare(case, binary, tmp, turns, peers):
    name, threads = case.split("/")
    train, test, params = globals()[name]()
    classes = int(train[1].max()) + 1 if name in ("two", "five", "twenty") else 0
    files = [os.path.join(tmp, part) for part in ("train", "test")]
    write(files[0], *train)
    write(files[1], *test)
    rows, rows_test = len(train[1]), len(test[1])
    del train, test
    results = {p: [] for p in ["labbook", *peers]}
    for seed in range(turns):
        results["labbook"].append(run([binary, "-train", files[0], "-test", files[1], "-cores", threads, "-seed", str(seed), "-classes", str(classes),
                                       "-params", json.dumps({GO[k]: v for k, v in params.items()})], GOMAXPROCS=threads))
        for p in peers:
            results[p].append(run([sys.executable, __file__, "--peer", json.dumps([p, *files, params, int(threads), seed, classes])]))
    low = lambda p, k: min(x[k] for x in results[p])
    mean = lambda p, k: statistics.mean(x[k] for x in results[p])
    for p in results:
        print(f"{case:9} {rows:8} rows  {p:9} fit {low(p, 'fit'):7.3f} s"
              + (f" = {low('labbook', 'fit') / low(p, 'fit'):.2f}" if p != "labbook" else "       ")
              + f"  loss {mean(p, 'loss'):.5g}  predict {rows_test / low(p, 'predict'):9.0f} rows/s  memory {mean(p, 'memory'):4.0f} MB"
              + (f"  one row {1e6 * low(p, 'row'):.1f} us" if p == "labbook" else ""), flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("-n", type=int, default=5, help="turns of each case")
    options.add_argument("--peer", help=argparse.SUPPRESS)
    options.add_argument("case", nargs="*", default=["small/1", "small/2", "full/1", "full/2", "large/1", "large/2", "two/1", "five/1", "twenty/1"])
    given = options.parse_args()
    if given.peer:
        peer(*json.loads(given.peer))
        return
    with tempfile.TemporaryDirectory() as tmp:
        binary = os.path.join(tmp, "boosting")
        subprocess.run(["go", "build", "-o", binary, "./bench/boosting"], check=True)
        peers = [p.__name__ for p in PEERS if importlib.util.find_spec(p.__name__)]
        for case in given.case:
            compare(case, binary, tmp, given.n, peers)


if __name__ == "__main__":
    main()
