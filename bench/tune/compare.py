"""Compares labbook's search with Optuna + XGBoost hist: the reference
notebook's split and space, 100 trials, one after the other on one machine.

Run from the project's folder with a Python that has optuna and xgboost:

    python3 bench/tune/compare.py [seed…]
"""

import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import optuna
import xgboost

SHARED = os.path.join("..", "shared", "data")
TRIALS = 100
ORDERS = {
    "cut": ["Fair", "Good", "Very Good", "Premium", "Ideal"],
    "color": ["J", "I", "H", "G", "F", "E", "D"],
    "clarity": ["I1", "SI2", "SI1", "VS2", "VS1", "VVS2", "VVS1", "IF"],
}


def data():
    with open(f"{SHARED}/diamonds/diamonds_xtream.csv") as f:
        rows = list(csv.reader(f))
    names, rows = rows[0], rows[1:]
    d = np.array([[ORDERS[n].index(v) if n in ORDERS else v for v in c] for n, c in zip(names, zip(*rows))], np.float64).T
    price = names.index("price")
    x, y = np.delete(d, price, axis=1), d[:, price]
    with open(f"{SHARED}/notebook/split.csv") as f:
        split = list(csv.DictReader(f))
    part = {p: np.array([int(r["row"]) for r in split if r["part"] == p]) for p in ("train", "test")}
    order = np.random.RandomState(42).permutation(part["train"])
    cut = int(len(order) * 0.8)
    part["fit"], part["valid"] = order[:cut], order[cut:]
    return {k: (x[i], y[i]) for k, i in part.items()}


def peer(parts, seed):
    def fit(params, part):
        return xgboost.XGBRegressor(tree_method="hist", n_jobs=1, random_state=seed, **params).fit(*parts[part])

    def mae(m, part):
        return float(np.abs(m.predict(parts[part][0]) - parts[part][1]).mean())

    def objective(t):
        return mae(fit({
            "lambda": t.suggest_float("lambda", 1e-8, 1, log=True),
            "alpha": t.suggest_float("alpha", 1e-8, 1, log=True),
            "colsample_bytree": t.suggest_categorical("colsample_bytree", [0.3, 0.4, 0.5, 0.7]),
            "subsample": t.suggest_categorical("subsample", [0.5, 0.6, 0.7, 0.8, 0.9, 1.0]),
            "learning_rate": t.suggest_float("learning_rate", 1e-8, 1, log=True),
            "n_estimators": t.suggest_int("n_estimators", 100, 1000),
            "max_depth": t.suggest_int("max_depth", 3, 9),
            "min_child_weight": t.suggest_int("min_child_weight", 1, 10),
        }, "fit"), "valid")

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    start = time.time()
    study = optuna.create_study(direction="minimize", sampler=optuna.samplers.TPESampler(seed=seed))
    study.optimize(objective, n_trials=TRIALS)
    return dict(search=time.time() - start, valid=study.best_value, test=mae(fit(study.best_params, "train"), "test"))


def main():
    seeds = [int(s) for s in sys.argv[1:]] or [1, 2, 3]
    parts = data()
    ways = {"1 core": ["-cores", "1"], "1 core, pruned": ["-cores", "1", "-prune"],
            "2 cores": ["-cores", "2"], "2 cores, pruned": ["-cores", "2", "-prune"]}
    ratios = {w: [] for w in ways}
    with tempfile.TemporaryDirectory() as tmp:
        binary = os.path.join(tmp, "tune")
        subprocess.run(["go", "build", "-o", binary, "./bench/tune"], check=True)
        for name, (x, y) in parts.items():
            with open(os.path.join(tmp, name), "wb") as f:
                np.array(x.shape, np.uint64).tofile(f)
                np.ascontiguousarray(x).tofile(f)
                y.tofile(f)
        for seed in seeds:
            theirs = peer(parts, seed)
            print(f"seed {seed}: Optuna + XGBoost {theirs['search']:.1f} s, MAE {theirs['valid']:.1f}, test {theirs['test']:.1f}", flush=True)
            for way, flags in ways.items():
                out = subprocess.run([binary, "-data", tmp, "-trials", str(TRIALS), "-seed", str(seed), *flags], check=True, capture_output=True).stdout
                ours = json.loads(out)
                ratios[way].append(ours["search"] / theirs["search"])
                print(f"  labbook, {way}: {ours['search']:.1f} s = {ratios[way][-1]:.2f}, MAE {ours['valid']:.1f}, test {ours['test']:.1f}, {ours['pruned']} pruned", flush=True)
    for way, r in ratios.items():
        print(f"{way}: {statistics.median(r):.2f} of the time")


main()
