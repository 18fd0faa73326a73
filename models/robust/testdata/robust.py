"""Makes robust.json: coefficients of scikit-learn's HuberRegressor and
QuantileRegressor, run to the end.

Made with scikit-learn 1.9.1 under Python 3.11:
    python3 robust.py > robust.json
"""
import json, sys
import numpy as np
from sklearn.linear_model import HuberRegressor, QuantileRegressor

rng = np.random.RandomState(7)
rows, cols = 151, 5
x = (rng.normal(size=(rows, cols)) * [1, .5, 2, 1, 1] + [0, 0, 1, 0, 0]).round(3)
y = x @ [1, -2, .3, 0, .5] + rng.standard_t(2, rows)
y[::15] += 40
y, w = y.round(3), rng.uniform(.5, 2, rows).round(3)

out = {"rows": rows, "cols": cols, "x": x.ravel().tolist(), "y": y.tolist(), "weights": w.tolist(), "huber": [], "quantile": []}
for weights in [None, w]:
    for epsilon in [1.1, 1.35, 3]:
        for alpha in [0, 1e-4, 10]:
            # Its L-BFGS fails where rounding lets the objective fall no more: what it gave before that is the end.
            m = HuberRegressor(epsilon=epsilon, alpha=alpha, tol=1e-5, max_iter=100000, warm_start=True)
            for m.tol in [1e-5] * 20 + [1e-6, 1e-7, 1e-8, 1e-9]:
                try:
                    m.fit(x, y, sample_weight=weights)
                    last = m.scale_, m.intercept_, m.coef_.tolist()
                except ValueError:
                    break
            m.scale_, m.intercept_, coef = last
            out["huber"].append({"first": epsilon, "alpha": alpha, "weighted": weights is not None, "scale": m.scale_,
                                 "intercept": m.intercept_, "coef": coef})
    for quantile in [.1, .5, .85]:
        for alpha in [0, .01, .2]:
            m = QuantileRegressor(quantile=quantile, alpha=alpha, solver="highs").fit(x, y, sample_weight=weights)
            out["quantile"].append({"first": quantile, "alpha": alpha, "weighted": weights is not None,
                                    "intercept": m.intercept_, "coef": m.coef_.tolist()})
json.dump(out, sys.stdout, separators=(",", ":"))
