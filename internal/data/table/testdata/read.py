"""Prints what pandas, Polars and pyarrow find in an Arrow file, as JSON."""

import datetime
import json
import sys

import pandas
import polars
import pyarrow
import pyarrow.feather


def plain(v):
    if v is None or v is pandas.NaT or v is pandas.NA or isinstance(v, float) and v != v:
        return None
    if isinstance(v, (pandas.Timestamp, datetime.datetime)):
        return v.timestamp() if v.tzinfo else (v - type(v)(1970, 1, 1)).total_seconds()
    if isinstance(v, datetime.date):
        return (v - datetime.date(1970, 1, 1)).days * 86400.0
    if hasattr(v, "item"):
        v = v.item()
    return v


path = sys.argv[1]
arrow = pyarrow.feather.read_table(path)
frame = pandas.read_feather(path)
lazy = polars.read_ipc(path)
out = []
for name in arrow.column_names:
    field = arrow.schema.field(name)
    meta = {k.decode(): v.decode() for k, v in (field.metadata or {}).items() if k != b"labbook.field"}
    kind = field.type
    column = {
        "name": name,
        "type": str(kind),
        "meta": meta,
        "pyarrow": [plain(v) for v in arrow.column(name).to_pylist()],
        "pandas": [plain(v) for v in frame[name]],
        "polars": [plain(v) for v in lazy[name].to_list()],
    }
    if pyarrow.types.is_dictionary(kind):
        column["levels"] = arrow.column(name).combine_chunks().dictionary.to_pylist()
        column["ordered"] = bool(frame[name].cat.ordered)
    out.append(column)
json.dump(out, sys.stdout)
