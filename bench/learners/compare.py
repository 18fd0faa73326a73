"""Compares the estimators of models/ with scikit-learn's: same data, same
parameters, turn by turn on the same machine, each fit in a process of its own.

Run from the project's folder with a Python that has scikit-learn:

    python3 bench/learners/compare.py [-n turns] [-threads 1] [case …]

Seconds are of the processor, user and system, with one thread, and of the clock
with more; each side's best, since what else the machine does only adds to them.
The loss is the mean absolute error, or the log loss of classes, on rows that
neither saw. Memory is the most that was resident while fitting, beyond what was
before, with the data loaded.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np


def friedman(rows, classes=None):
    """Friedman's first function of 10 columns and noise; classes by its size."""
    rng = np.random.RandomState(1)
    x = rng.rand(rows + 20_000, 10)
    y = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - .5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4] + rng.randn(len(x))
    if classes:
        y = np.searchsorted(np.quantile(y, np.arange(1, classes) / classes), y)
    return x[:rows], y[:rows], x[rows:], y[rows:]


def linear(rows, cols, share=1):
    """Columns that depend on each other, of which twenty matter; with a share, only so much of them is not 0."""
    import scipy.sparse
    rng = np.random.RandomState(1)
    n = rows + 10_000
    if share < 1:
        x = scipy.sparse.random(n, cols, share, "csr", random_state=rng, data_rvs=rng.rand)
    else:
        x = rng.randn(n, cols) + .5 * rng.randn(n, 1)
    y = x @ np.where(np.arange(cols) < 20, rng.randn(cols), 0) * (1 if share == 1 else 10) + rng.randn(n)
    return x[:rows], y[:rows], x[rows:], y[rows:]


def halves(rows, cols):
    """The same, and whether the target is above its median."""
    x, y, x_test, y_test = linear(rows, cols)
    middle = np.median(y)
    return x, (y > middle).astype(int), x_test, (y_test > middle).astype(int)


def wild(rows, cols):
    """The same with one target in twenty far off."""
    x, y, x_test, y_test = linear(rows, cols)
    y[::20] += 100
    return x, y, x_test, y_test


NET = {"standardise": False}
# A case is the data, labbook's model with its parameters, and scikit-learn's.
CASES = {
    "forest": (lambda: friedman(20_000), "random-forest", {}, "ensemble.RandomForestRegressor", {}),
    "forest, 5 classes": (lambda: friedman(20_000, 5), "random-forest", {}, "ensemble.RandomForestClassifier", {}),
    "extra trees": (lambda: friedman(20_000), "extra-trees", {}, "ensemble.ExtraTreesRegressor", {}),
    "extra trees, 5 classes": (lambda: friedman(20_000, 5), "extra-trees", {}, "ensemble.ExtraTreesClassifier", {}),
    "lasso": (lambda: linear(100_000, 50), "elastic-net", {**NET, "alpha": .02, "l1_ratio": 1}, "linear_model.Lasso", {"alpha": .02}),
    "lasso, wide": (lambda: linear(500, 5_000), "elastic-net", {**NET, "alpha": .1, "l1_ratio": 1}, "linear_model.Lasso", {"alpha": .1}),
    "elastic net, sparse": (lambda: linear(20_000, 20_000, .003), "elastic-net", {**NET, "alpha": .001}, "linear_model.ElasticNet", {"alpha": .001}),
    "lasso, chosen": (lambda: linear(100_000, 50), "elastic-net", {**NET, "l1_ratio": 1}, "linear_model.LassoCV", {}),
    "lasso, wide, chosen": (lambda: linear(500, 5_000), "elastic-net", {**NET, "l1_ratio": 1}, "linear_model.LassoCV", {}),
    "lasso, sparse, chosen": (lambda: linear(20_000, 20_000, .003), "elastic-net", {**NET, "l1_ratio": 1}, "linear_model.LassoCV", {}),
    "nearest": (lambda: friedman(100_000), "nearest-neighbours", {"standardise": False}, "neighbors.KNeighborsRegressor", {}),
    "nearest, 4 columns": (lambda: linear(100_000, 4), "nearest-neighbours", {"standardise": False}, "neighbors.KNeighborsRegressor", {}),
    "nearest, 50 columns": (lambda: linear(20_000, 50), "nearest-neighbours", {"standardise": False}, "neighbors.KNeighborsRegressor", {}),
    "nearest, 5 classes": (lambda: friedman(100_000, 5), "nearest-neighbours", {"standardise": False, "n_neighbors": 50}, "neighbors.KNeighborsClassifier", {"n_neighbors": 50}),
    "logistic": (lambda: halves(100_000, 20), "logistic", {}, "linear_model.LogisticRegression", {}),
    "huber": (lambda: wild(100_000, 50), "huber", {}, "linear_model.HuberRegressor", {"max_iter": 1000}),
    "median": (lambda: wild(5_000, 20), "quantile", {}, "linear_model.QuantileRegressor", {"alpha": 0}),
    "quantile .9": (lambda: wild(5_000, 20), "quantile", {"quantile": .9}, "linear_model.QuantileRegressor", {"quantile": .9, "alpha": 0}),
    "median, many rows": (lambda: wild(100_000, 50), "quantile", {}, "linear_model.QuantileRegressor", {"alpha": 0}),
}


def write(path, x, y, classes):
    """The file form of package matrix: blocks of 2,048 rows, column by column."""
    n, cols = x.shape
    head = {"rows": n, "cols": cols, "names": [f"c{j}" for j in range(cols)]}
    if classes:
        head["classes"] = [str(k) for k in range(classes)]
    sparse = not isinstance(x, np.ndarray)
    if sparse:
        head |= {"sparse": True, "stored": int(x.nnz)}
    text = json.dumps(head).encode()
    with open(path, "wb") as f:
        f.write(b"lbm1" + np.uint32(len(text)).tobytes() + text)
        if sparse:
            f.write(x.indptr.astype("<u8").tobytes() + x.indices.astype("<u4").tobytes() + x.data.astype("<f8").tobytes())
        else:
            for lo in range(0, n, 2048):
                for j in range(cols):
                    f.write(b"\0" + np.ascontiguousarray(x[lo:lo + 2048, j], "<f8").tobytes())
        f.write(np.asarray(y, "<f8").tobytes())


def resident(what):
    """A number of this process's memory in MB: VmRSS now, VmHWM at most."""
    with open("/proc/self/status") as f:
        return next(int(line.split()[1]) / 1024 for line in f if line.startswith(what))


def peer(case, threads):
    """What main.go measures, of scikit-learn."""
    import importlib
    import inspect
    import threadpoolctl
    data, _, _, name, params = CASES[case]
    x, y, x_test, y_test = data()
    module, name = name.rsplit(".", 1)
    make = getattr(importlib.import_module("sklearn." + module), name)
    if module != "linear_model" and "n_jobs" in inspect.signature(make).parameters:
        params = {**params, "n_jobs": threads}
    threadpoolctl.threadpool_limits(threads)
    m = make(**params)
    with open("/proc/self/clear_refs", "w") as f:
        f.write("5")  # VmHWM starts again
    before = resident("VmRSS")
    clock = time.process_time if threads == 1 else time.time
    start = clock()
    m.fit(x, y)
    r = dict(fit=clock() - start, memory=resident("VmHWM") - before)
    start = clock()
    if hasattr(m, "predict_proba"):
        p = m.predict_proba(x_test)
        r["predict"] = clock() - start
        r["loss"] = float(-np.log(np.maximum(1e-15, p[np.arange(len(p)), y_test])).mean())
    else:
        p = m.predict(x_test)
        r["predict"] = clock() - start
        r["loss"] = float(np.abs(p - y_test).mean())
    print(json.dumps(r))


def compare(case, binary, tmp, turns, threads):
    data, model, params, name, _ = CASES[case]
    x, y, x_test, y_test = data()
    classes = int(y.max()) + 1 if y.dtype.kind == "i" else 0
    files = [os.path.join(tmp, part) for part in ("train", "test")]
    write(files[0], x, y, classes)
    write(files[1], x_test, y_test, classes)
    run = lambda command: json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE,
                                                    env={**os.environ, "GOMAXPROCS": str(threads)}).stdout)
    ours, theirs = [], []
    for _ in range(turns):
        ours.append(run([binary, "-train", files[0], "-test", files[1], "-cores", str(threads), "-model", model, "-params", json.dumps(params)]))
        theirs.append(run([sys.executable, __file__, "-threads", str(threads), "--peer", case]))
    low = lambda r, k: min(x[k] for x in r)
    both = lambda k: f"{low(ours, k):.3f} : {low(theirs, k):.3f} s = {low(ours, k) / low(theirs, k):.2f}"
    print(f"{case:24} {x.shape[0]} x {x.shape[1]}, {threads} threads  fit {both('fit')}  predict {both('predict')}"
          f"  loss {low(ours, 'loss'):.5g} : {low(theirs, 'loss'):.5g}  memory {low(ours, 'memory'):.0f} : {low(theirs, 'memory'):.0f} MB", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("-n", type=int, default=3, help="turns of each case")
    options.add_argument("-threads", type=int, default=1)
    options.add_argument("--peer", help=argparse.SUPPRESS)
    options.add_argument("case", nargs="*", default=list(CASES))
    given = options.parse_args()
    if given.peer:
        peer(given.peer, given.threads)
        return
    with tempfile.TemporaryDirectory() as tmp:
        binary = os.path.join(tmp, "learners")
        subprocess.run(["go", "build", "-o", binary, "./bench/learners"], check=True)
        for case in given.case:
            compare(case, binary, tmp, given.n, given.threads)


main()
