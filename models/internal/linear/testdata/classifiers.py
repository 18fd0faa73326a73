"""Makes classifiers.json: what scikit-learn's linear classifiers give.

Made with scikit-learn 1.2.1 under Python 3.11 (Debian 12: python3-sklearn):
    python3 classifiers.py > classifiers.json
"""
import json, sys
import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import ComplementNB, MultinomialNB
from sklearn.svm import LinearSVC

rng = np.random.RandomState(7)
rows, cols, classes = 90, 40, 3
y = rng.choice(classes, rows, p=[.5, .3, .2])
rates = rng.gamma(.5, 1, (classes, cols))
x = rng.poisson(rates[y] * .7)
x[:, -1] = 0
x[5, -1] = 2  # a column that one row has
x[9] = 0      # an empty row
m = sp.csr_matrix(x.astype(float))
w = rng.uniform(.5, 2, rows)

out = {"rows": rows, "cols": cols, "classes": classes, "y": y.tolist(), "weights": w.tolist(),
       "indptr": m.indptr.tolist(), "indices": m.indices.tolist(), "data": m.data.tolist(), "cases": {}}
def probabilities(name, model, weights=None):
    out["cases"][name] = model.fit(m, y, sample_weight=weights).predict_proba(m).tolist()
probabilities("multinomial", MultinomialNB())
probabilities("multinomial_alpha", MultinomialNB(alpha=.1, fit_prior=False), w)
probabilities("complement", ComplementNB())
probabilities("complement_norm", ComplementNB(norm=True, alpha=.5))
probabilities("logistic", LogisticRegression(tol=1e-10, max_iter=10000))
probabilities("logistic_c", LogisticRegression(C=10, tol=1e-10, max_iter=10000), w)
def margins(name, model, weights=None):
    out["cases"][name] = model.fit(m, y, sample_weight=weights).decision_function(m).tolist()
margins("svm", LinearSVC(tol=1e-10, max_iter=1000000))
margins("svm_hinge", LinearSVC(loss="hinge", C=.1, tol=1e-10, max_iter=1000000), w)
json.dump(out, sys.stdout, separators=(",", ":"))
