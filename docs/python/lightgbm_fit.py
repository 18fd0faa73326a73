"""Fits a model of LightGBM, and leaves it for predict.py."""

import json
import os

import joblib
import pandas as pd
from lightgbm import LGBMRegressor

with open(os.environ["LABBOOK_JOB"]) as f:
    job = json.load(f)
x = pd.read_feather(os.environ["LABBOOK_TRAIN"])
y = pd.read_feather(os.environ["LABBOOK_TARGET"])["target"]

# One thread, and no choice of the fastest way: so the same data give the same model.
model = LGBMRegressor(
    random_state=job["seed"], n_jobs=1, deterministic=True, force_col_wise=True, verbose=-1, **job["options"]
)
model.fit(x, y)
joblib.dump(model, os.path.join(os.environ["LABBOOK_MODEL"], "model.joblib"))
