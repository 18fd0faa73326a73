"""Answers batches of rows with a model that a fit left, until there are no more."""

import json
import os
import sys

import joblib
import pyarrow as pa

with open(os.environ["LABBOOK_JOB"]) as f:
    job = json.load(f)
model = joblib.load(os.path.join(os.environ["LABBOOK_MODEL"], "model.joblib"))

classes = job["task"] == "classification"
names = [str(name) for name in model.classes_] if classes else ["prediction"]
schema = pa.schema([(name, pa.float64()) for name in names])

with pa.ipc.open_stream(sys.stdin.buffer) as batches, pa.ipc.new_stream(sys.stdout.buffer, schema) as answers:
    for batch in batches:
        rows = batch.to_pandas()
        said = model.predict_proba(rows) if classes else model.predict(rows).reshape(-1, 1)
        columns = [pa.array(said[:, k], pa.float64()) for k in range(len(names))]
        answers.write_batch(pa.record_batch(columns, schema=schema))
        sys.stdout.buffer.flush()
