"""Predicts with a model that labbook exported, for mlflow.pyfunc.

Columns are taken as pandas has them: numbers of any width, categories, texts and
truth values, dates with a zone or without (UTC then), and None, NaN, NaT or NA
where a value is missing.
"""

import json

import numpy as np
import onnxruntime
import pandas as pd

ROWS = 500  # at a time: texts of many terms make wide matrices


class Model:
    def __init__(self, path):
        self.session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        about = self.session.get_modelmeta().custom_metadata_map
        self.columns = {column["name"]: column["type"] for column in json.loads(about["labbook.columns"])}
        self.classes = json.loads(about.get("labbook.classes", "null"))
        self.outputs = json.loads(about["labbook.outputs"])

    def predict(self, data, params=None):
        rows = pd.DataFrame(data)
        lacking = [name for name in self.columns if name not in rows.columns]
        if lacking:
            raise ValueError(f"the rows lack the columns {lacking}; the model asks for {list(self.columns)}")
        given = {name: column(rows[name], kind) for name, kind in self.columns.items()}
        parts = [self.frame(given, start) for start in range(0, max(len(rows), 1), ROWS)]
        return pd.concat(parts).set_axis(rows.index)

    def frame(self, given, start):
        said = self.session.run(self.outputs, {name: values[start : start + ROWS] for name, values in given.items()})
        if self.classes is None:
            return pd.DataFrame({name: values[:, 0] for name, values in zip(self.outputs, said)})
        label, probabilities = said
        columns = {self.outputs[0]: label}
        for place, name in enumerate(self.classes):
            columns[f"probability of {name}"] = probabilities[:, place]
        return pd.DataFrame(columns)


def column(values, kind):
    """Gives a column as the file wants it: N x 1, of float64 or of str."""
    missing = values.isna().to_numpy()
    if kind in ("category", "text"):
        texts = values.astype(object).to_numpy().copy()
        for row, value in enumerate(texts):
            texts[row] = "" if missing[row] else text(value)
        return texts.reshape(-1, 1)
    if kind == "date" and not pd.api.types.is_numeric_dtype(values.dtype):
        moments = pd.to_datetime(values, utc=True).dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
        seconds = moments.astype("int64") / 1e6
        return np.where(missing, np.nan, seconds).reshape(-1, 1)
    try:
        numbers = pd.to_numeric(values)
    except (TypeError, ValueError) as e:
        raise ValueError(f"the column {values.name!r} is to hold numbers: {e}") from e
    return numbers.astype("float64").to_numpy(na_value=np.nan).reshape(-1, 1)


def text(value):
    """Gives a level as labbook writes it: a truth value small, a whole number whole."""
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value)).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _load_pyfunc(path):
    return Model(str(path))
