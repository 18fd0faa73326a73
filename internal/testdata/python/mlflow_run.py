"""Loads folders by mlflow.pyfunc, as a user does, and has them predict the rows of
rows.json, as a DataFrame whose missing values are None and NaN; then the row of
their own example. Answers are written to answers.json as onnx_run.py has them."""

import base64
import json
import pathlib
import sys

import mlflow
import numpy as np
import onnx
import pandas as pd


def given(column):
    if isinstance(column, list):
        return pd.Series([value or None for value in column], dtype=object)
    return pd.Series(np.frombuffer(base64.b64decode(column), "<f8"))


def answers(folder):
    rows = pd.DataFrame({name: given(column) for name, column in json.loads((folder / "rows.json").read_text()).items()})
    model = mlflow.pyfunc.load_model(str(folder / "model"))
    for asked in model.metadata.get_input_schema().inputs:
        if asked.type.name == "datetime":
            rows[asked.name] = pd.to_datetime(rows[asked.name], unit="s")
    said = model.predict(rows)
    promised = model.metadata.get_output_schema().input_names()
    if list(said.columns) != promised:
        raise ValueError(f"the signature promises {promised}, found {list(said.columns)}")
    example = json.loads((folder / "model" / "input_example.json").read_text())
    frame = pd.DataFrame(example["data"], columns=example["columns"])
    for asked in model.metadata.get_input_schema().inputs:
        if asked.type.name == "datetime":
            frame[asked.name] = pd.to_datetime(frame[asked.name])
    if len(model.predict(frame)) != 1:
        raise ValueError("the example is not answered")
    onnx.checker.check_model(mlflow.onnx.load_model(str(folder / "model")))
    outputs = {}
    for name in said.columns:
        values = said[name].to_numpy()
        text = pd.api.types.is_string_dtype(said[name].dtype)
        outputs[name] = values.tolist() if text else base64.b64encode(values.astype("<f8").tobytes()).decode()
    return {"outputs": outputs}


for name in sys.argv[1:]:
    folder = pathlib.Path(name)
    try:
        said = answers(folder)
    except Exception as e:
        said = {"error": f"{type(e).__name__}: {e}"}
    (folder / "answers.json").write_text(json.dumps(said))
