"""Makes elasticnet.json: coefficients of scikit-learn's Lasso, ElasticNet and
Ridge, run to the end.

Made with scikit-learn 1.9.1 under Python 3.11:
    python3 elasticnet.py > elasticnet.json
"""
import json, sys
import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import ElasticNet, Ridge
from sklearn.preprocessing import StandardScaler

rng = np.random.RandomState(7)
def data(rows, cols, dense):
    x = rng.normal(size=(rows, cols)) * np.exp(rng.normal(size=cols)) + (2 if dense else 0)
    x[:, 1] += x[:, 0]
    x = x.round(3) if dense else (x * (rng.rand(rows, cols) < .2)).round(3)
    x[:, 3] = 0 if not dense else 1.5  # does not vary
    y = x[:, :4] @ [1, -2, .5, 0] + x[:, -1] + rng.normal(size=rows)
    return x, y.round(3), rng.uniform(.5, 2, rows).round(3)

out = {}
for shape, rows, cols, dense in [("tall", 80, 8, True), ("wide", 30, 60, True), ("sparse", 60, 90, False)]:
    x, y, w = data(rows, cols, dense)
    cases = []
    for ratio in [1, .5, .01, 0]:
        for alpha in [.02, .3]:
            for weights in [None, w]:
                for standardise in [False, True]:
                    z = StandardScaler(with_mean=dense).fit(x, sample_weight=weights) if standardise else None
                    a = z.transform(x) if z else x
                    if ratio:
                        m = ElasticNet(alpha=alpha, l1_ratio=ratio, tol=1e-15, max_iter=1000000)
                    else:
                        m = Ridge(alpha=alpha * (rows if weights is None else w.sum()), solver="cholesky")
                    unit = np.sqrt(np.cov(y, aweights=weights, ddof=0)) if z else 1
                    m.fit(a, y / unit, sample_weight=weights)
                    coef = unit * (m.coef_ / z.scale_ if z else m.coef_)
                    intercept = unit * m.intercept_ - (coef @ z.mean_ if z and dense else 0)
                    cases.append({"alpha": alpha, "ratio": ratio, "weighted": weights is not None, "standardise": standardise,
                                  "intercept": float(intercept), "coef": coef.tolist()})
    out[shape] = {"rows": rows, "cols": cols, "x": x.ravel().tolist(), "y": y.tolist(), "weights": w.tolist(), "cases": cases}
json.dump(out, sys.stdout, separators=(",", ":"))
