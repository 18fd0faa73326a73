"""Fits a model of scikit-learn, and leaves it for predict.py."""

import json
import os

import joblib
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor

with open(os.environ["LABBOOK_JOB"]) as f:
    job = json.load(f)
x = pd.read_feather(os.environ["LABBOOK_TRAIN"])
y = pd.read_feather(os.environ["LABBOOK_TARGET"])["target"]

model = HistGradientBoostingRegressor(random_state=job["seed"], **job["options"])
model.fit(x, y)
joblib.dump(model, os.path.join(os.environ["LABBOOK_MODEL"], "model.joblib"))
