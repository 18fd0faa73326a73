"""Fits a model of CatBoost, tells how far it is, and leaves it for predict.py."""

import json
import os

import joblib
import pandas as pd
from catboost import CatBoostRegressor

with open(os.environ["LABBOOK_JOB"]) as f:
    job = json.load(f)
x = pd.read_feather(os.environ["LABBOOK_TRAIN"])
y = pd.read_feather(os.environ["LABBOOK_TARGET"])["target"]


class Progress:
    """Writes a line to file descriptor 3 after each tree, where somebody listens."""

    def after_iteration(self, info):
        fraction = info.iteration / job["options"]["iterations"]
        try:
            os.write(3, (json.dumps({"fraction": fraction}) + "\n").encode())
        except OSError:
            pass
        return True


model = CatBoostRegressor(
    random_seed=job["seed"], thread_count=1, verbose=False, allow_writing_files=False, **job["options"]
)
model.fit(x, y, callbacks=[Progress()])
# Else no two fits would leave the same bytes.
for name in ("model_guid", "train_finish_time"):
    model.get_metadata()[name] = ""
joblib.dump(model, os.path.join(os.environ["LABBOOK_MODEL"], "model.joblib"))
