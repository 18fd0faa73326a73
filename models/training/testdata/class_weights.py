"""Writes class_weights.json: what others make of classes that weigh unlike.

Run with scikit-learn 1.9 and XGBoost 3.2: python3 class_weights.py > class_weights.json
"""
import json
import numpy as np
import xgboost
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB

rng = np.random.default_rng(5)
n = 300
x = rng.integers(0, 6, size=(n, 3)).astype(float)
y = (x[:, 0] - x[:, 1] + rng.normal(size=n) > 3).astype(int)
out = {"x": x.ravel().tolist(), "y": y.tolist(), "said": {}}


def say(name, model, weights=None):
    fitted = model.fit(x, y, sample_weight=weights)
    out["said"][name] = fitted.predict_proba(x)[:, 1].astype(float).tolist()


say("logistic balanced", LogisticRegression(C=1, tol=1e-10, max_iter=10000, class_weight="balanced"))
say("logistic weighted", LogisticRegression(C=1, tol=1e-10, max_iter=10000, class_weight={0: 1, 1: 5}))
say("naive-bayes weighted", MultinomialNB(), np.where(y == 1, 5.0, 1.0))
say("boosting weighted", xgboost.XGBClassifier(
    n_estimators=20, max_depth=3, learning_rate=0.3, tree_method="exact", scale_pos_weight=5,
    base_score=float((5 * y).sum() / (5 * y + 1 - y).sum())))
print(json.dumps(out))
