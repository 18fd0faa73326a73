"""Prices of stones as an expert serves them: bodies are validated straight from
their bytes, and the trees are compiled to C.
"""

import math
from typing import Literal

import msgspec
import numpy as np
import tl2cgen

import xgboost_model


class Stone(msgspec.Struct):
    carat: float
    cut: Literal[tuple(xgboost_model.ORDERS["cut"])]
    color: Literal[tuple(xgboost_model.ORDERS["color"])]
    clarity: Literal[tuple(xgboost_model.ORDERS["clarity"])]
    depth: float
    table: float
    x: float
    y: float
    z: float


decode = msgspec.json.Decoder(Stone).decode
encode = msgspec.json.Encoder().encode
cuts, colors, clarities = (xgboost_model.CODES[name] for name in ("cut", "color", "clarity"))


def predictor(library):
    """Predicts stones with the compiled trees in a library."""
    trees = tl2cgen.Predictor(library, nthread=1)

    def predict(stones):
        rows = np.array([(s.carat, cuts[s.cut], colors[s.color], clarities[s.clarity], s.depth, s.table, s.x, s.y, s.z) for s in stones], dtype=np.float32)
        logs = trees.predict(tl2cgen.DMatrix(rows, dtype="float32")).reshape(-1).tolist()
        return [encode({"price": math.exp(log), "unit": "USD"}) for log in logs]

    return predict


def batches(library):
    """Answers many stones at once, from JSON or CSV, as the same."""
    import io

    import polars

    trees = tl2cgen.Predictor(library, nthread=1)
    decode_list = msgspec.json.Decoder(list[Stone]).decode
    categories = {"cut": cuts, "color": colors, "clarity": clarities}

    def prices(rows):
        return np.exp(trees.predict(tl2cgen.DMatrix(rows, dtype="float32")).reshape(-1))

    def answer(body, csv):
        if not csv:
            stones = decode_list(body)
            rows = np.array([(s.carat, cuts[s.cut], colors[s.color], clarities[s.clarity], s.depth, s.table, s.x, s.y, s.z) for s in stones], dtype=np.float32)
            return encode([{"price": price, "unit": "USD"} for price in prices(rows).tolist()])
        table = polars.read_csv(io.BytesIO(body))
        rows = table.select(polars.col(name).replace_strict(categories[name], return_dtype=polars.Float32) if name in categories else polars.col(name).cast(polars.Float32)
                            for name in Stone.__struct_fields__)
        return table.with_columns(price=prices(np.ascontiguousarray(rows.to_numpy(), dtype=np.float32))).write_csv().encode()

    return answer
