"""Makes nearest.json: what scikit-learn's nearest neighbours predict.

Made with scikit-learn 1.9.1 under Python 3.11:
    python3 nearest.py > nearest.json

Not by brute force, where its rounding puts rows at a distance from themselves.
"""
import json, sys
import numpy as np
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

rng = np.random.RandomState(7)
rows, cols, classes = 400, 4, 3
x = (rng.normal(size=(rows + 50, cols)) * [1, .1, 30, 3] + [0, 0, 1000, 0]).round(4)
signal = x[:, 0] + 10 * x[:, 1] + x[:, 2] / 30
y = {"numbers": signal.round(4), "classes": np.digitize(signal, np.quantile(signal, [.5, .8]))}
asked = np.vstack([x[rows:], x[:20]])  # some are in training

out = {"cols": cols, "classes": classes, "x": x[:rows].ravel().tolist(), "asked": asked.ravel().tolist(),
       "y": {k: v[:rows].tolist() for k, v in y.items()}, "cases": []}
for standardise in [False, True]:
    for k in [1, 7]:
        for weights in ["uniform", "distance"]:
            params = dict(n_neighbors=k, weights=weights, algorithm="kd_tree")
            for task, make in [("numbers", KNeighborsRegressor), ("classes", KNeighborsClassifier)]:
                m = make_pipeline(StandardScaler(), make(**params)) if standardise else make(**params)
                m.fit(x[:rows], y[task][:rows])
                p = m.predict(asked) if task == "numbers" else m.predict_proba(asked)
                out["cases"].append({"task": task, "k": k, "weights": weights, "standardise": standardise, "predictions": p.ravel().tolist()})
json.dump(out, sys.stdout, separators=(",", ":"))
