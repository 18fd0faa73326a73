"""Makes trees.json: what single trees of scikit-learn predict, and how far off
its forests are on Friedman's first function.

Made with scikit-learn 1.9.1 under Python 3.11:
    python3 trees.py > trees.json
"""
import json, sys
import numpy as np
from sklearn.datasets import make_friedman1
from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

rng = np.random.RandomState(7)
rows, cols, classes = 250, 4, 3
x = rng.normal(size=(rows, cols)).round(3)
x[:, 3] = rng.randint(0, 4, rows)
signal = x[:, 0] + np.abs(x[:, 1]) + .5 * x[:, 3] + .3 * rng.normal(size=rows)
y = {"numbers": signal.round(4), "classes": np.digitize(signal, np.quantile(signal, [.5, .8]))}
w = rng.uniform(.5, 2, rows).round(3)

out = {"cols": cols, "classes": classes, "x": x.ravel().tolist(), "weights": w.tolist(),
       "y": {k: v.tolist() for k, v in y.items()}, "cases": {}}
for name, weights in {"plain": None, "weighted": w}.items():
    tree = DecisionTreeRegressor(min_samples_leaf=7, max_depth=6).fit(x, y["numbers"], sample_weight=weights)
    out["cases"][f"numbers, {name}"] = tree.predict(x).tolist()
    tree = DecisionTreeClassifier(min_samples_leaf=7, max_depth=6).fit(x, y["classes"], sample_weight=weights)
    out["cases"][f"classes, {name}"] = tree.predict_proba(x).ravel().tolist()

def error(model):
    """The mean squared error over 20 training sets of 1,000 rows."""
    errors = []
    for seed in range(20):
        a, b = make_friedman1(1000, noise=1, random_state=seed)
        c, d = make_friedman1(1000, noise=1, random_state=1000 + seed)
        errors.append(np.mean((model(random_state=seed, n_jobs=2).fit(a, b).predict(c) - d) ** 2))
    return round(float(np.mean(errors)), 3)
out["friedman"] = {"extra-trees": error(ExtraTreesRegressor), "random-forest": error(RandomForestRegressor)}
json.dump(out, sys.stdout, separators=(",", ":"))
