"""Runs files in ONNX by onnxruntime, for tests that compare what it says with
what labbook predicts: in each folder that a line of standard input names,
model.onnx is checked and asked for the rows of rows.json, and the answers are
written to answers.json; then the line is printed again. Numbers are the base64 of little-endian float64, so that none of their bits is
lost."""

import base64
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

BATCH = 500


def given(column):
    if isinstance(column, list):
        return np.array(column, dtype=object).reshape(-1, 1)
    return np.frombuffer(base64.b64decode(column), "<f8").reshape(-1, 1)


def answers(folder):
    path = folder / "model.onnx"
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    rows = {name: given(column) for name, column in json.loads((folder / "rows.json").read_text()).items()}
    count = len(next(iter(rows.values())))
    parts = []
    for start in range(0, count, BATCH):
        parts.append(session.run(None, {name: column[start : start + BATCH] for name, column in rows.items()}))
    said = {"metadata": session.get_modelmeta().custom_metadata_map, "outputs": {}}
    for i, output in enumerate(session.get_outputs()):
        values = np.concatenate([part[i] for part in parts])
        said["outputs"][output.name] = (
            values.tolist() if values.dtype == object else base64.b64encode(values.astype("<f8").tobytes()).decode()
        )
    return said


for line in sys.stdin:
    folder = pathlib.Path(line.rstrip("\n"))
    try:
        said = answers(folder)
    except Exception as e:
        said = {"error": f"{type(e).__name__}: {e}"}
    (folder / "answers.json").write_text(json.dumps(said))
    print(line, end="", flush=True)
