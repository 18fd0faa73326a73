"""Compares what a file in ONNX says by onnxruntime with what `labbook predict` says
of the same rows, in CSV: onnx_compare.py MODEL.onnx ROWS.csv PREDICTED.csv"""

import csv
import json
import sys
import time

import numpy as np
import onnx
import onnxruntime

BATCH = 500


def read(name):
    with open(name, newline="", encoding="utf-8") as f:
        rows = list(csv.reader(f))
    return {name: [row[at] for row in rows[1:]] for at, name in enumerate(rows[0])}


csv.field_size_limit(sys.maxsize)
model, rows, predicted = sys.argv[1], read(sys.argv[2]), read(sys.argv[3])
onnx.checker.check_model(onnx.load(model), full_check=True)
session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
about = session.get_modelmeta().custom_metadata_map
given = {}
for column in json.loads(about["labbook.columns"]):
    values = rows[column["name"]]
    number = column["type"] == "number"
    given[column["name"]] = np.array(values, dtype=float if number else object).reshape(-1, 1)
count = len(next(iter(given.values())))
begun, parts = time.perf_counter(), []
for start in range(0, count, BATCH):
    parts.append(session.run(None, {name: values[start : start + BATCH] for name, values in given.items()}))
took = time.perf_counter() - begun
said = {o.name: np.concatenate([part[i] for part in parts]) for i, o in enumerate(session.get_outputs())}
target = json.loads(about["labbook.target"])["name"]
classes = json.loads(about.get("labbook.classes", "null"))
worst = 0.0


def compare(name, values):
    global worst
    want = np.array([float(v) if v else np.nan for v in predicted[name]])
    if (np.isnan(want) != np.isnan(values)).any():
        sys.exit(f"{name}: values are missing in one and not in the other")
    off = np.abs(values - want) / np.maximum(np.abs(want), 1e-12)
    worst = max(worst, float(np.nanmax(off)))


if classes is None:
    compare(f"predicted_{target}", said["prediction"][:, 0])
    for end in ("low", "high"):
        if end in said:
            compare(f"{end}_{target}", said[end][:, 0])
else:
    for at, name in enumerate(classes):
        compare(f"p_{name}", said["probabilities"][:, at])
    other = sum(a != b for a, b in zip(said["label"], predicted[f"predicted_{target}"]))
    if other:
        sys.exit(f"{other} labels differ")
print(f"{count} rows, relative difference at most {worst:.2g}, {took:.2f} s in onnxruntime")
if worst > 1e-5:
    sys.exit(1)
