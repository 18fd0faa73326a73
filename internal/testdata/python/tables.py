"""Random tables, written by other programs, and what they hold.

    tables.py FOLDER COUNT SEED

Each table is written by one of pyarrow, pandas, Polars and DuckDB, as Parquet, as an
Arrow file or stream, or as JSON lines. FOLDER/truth.jsonl has a line a table: its
file, and of each column the name, the kind, the levels of a category, whether they
are ordered, and the values: null, or a text. Moments are told in microseconds since
1970 in UTC, truth values as true and false, floats as repr writes them.
"""

import datetime as dt
import decimal
import json
import pathlib
import random
import sys

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet

EPOCH = dt.datetime(1970, 1, 1)
WORDS = ["a", "ü", "x y", 'say "no"', "0012", "1.5", "null", "NaN", "line\nbreak", "a,b;c", "日本", "😀", " edge "]


def ints(r, low, high):
    return lambda: r.choice([low, high, 0, 1, -1 if low < 0 else 1, r.randint(low, high)])


def columns(r, plain):
    """Gives (kind, Arrow type, function that draws a value)."""
    text = lambda: r.choice(WORDS) + r.choice(["", "b", "c" * r.randint(0, 40)])
    kinds = [
        ("whole", pa.int64(), ints(r, -(2**53), 2**53)),
        ("long", pa.int64(), ints(r, -(2**63), 2**63 - 1)),
        ("whole", pa.int32(), ints(r, -(2**31), 2**31 - 1)),
        ("float", pa.float64(), lambda: r.choice([0.1, -0.0, 1e300, 5e-324, r.gauss(0, 1), r.uniform(-1e6, 1e6)])),
        ("truth", pa.bool_(), lambda: r.random() < 0.5),
        ("text", pa.string(), text),
    ]
    if plain:
        return kinds
    naive = lambda: EPOCH + dt.timedelta(microseconds=r.randint(-(2**51), 2**51))
    zone = r.choice(["UTC", "Europe/Zurich", "America/New_York"])
    levels = r.sample(["low", "mid", "high", "ü", "x y", "7"], r.randint(1, 6))
    return kinds + [
        ("long", pa.uint64(), ints(r, 0, 2**64 - 1)),
        ("whole", r.choice([pa.int8(), pa.int16(), pa.uint8(), pa.uint16(), pa.uint32()]), ints(r, 0, 127)),
        ("float", pa.float32(), lambda: float(r.randint(-1000, 1000)) / 8),
        ("text", pa.large_string(), text),
        ("category", levels, lambda: r.choice(levels)),
        ("ordered", levels, lambda: r.choice(levels)),
        ("date", pa.date32(), lambda: dt.date(1970, 1, 1) + dt.timedelta(days=r.randint(-100000, 100000))),
        ("moment", pa.timestamp(r.choice(["ms", "us"])), lambda: naive().replace(microsecond=0)),
        ("moment", pa.timestamp("us"), naive),
        ("moment", pa.timestamp("ns"), naive),
        ("moment", pa.timestamp("us", tz=zone), naive),
        ("decimal", pa.decimal128(r.randint(9, 15), 2), lambda: decimal.Decimal(r.randint(-(10**9) + 1, 10**9 - 1)) / 100),
        ("time", pa.time64("us"), lambda: dt.time(r.randint(0, 23), r.randint(0, 59), r.randint(0, 59), r.randint(0, 999999))),
    ]


def told(kind, value):
    if value is None:
        return None
    if kind == "truth":
        return "true" if value else "false"
    if kind == "float":
        return repr(float(value))
    if kind == "moment":
        return str((value - EPOCH) // dt.timedelta(microseconds=1))
    if kind == "time":
        return str(((value.hour * 60 + value.minute) * 60 + value.second) * 1000000 + value.microsecond)
    return str(value)


def draw(r, plain):
    """Gives an Arrow table, and what it holds."""
    rows = r.choice([0, 1, 2, 3, r.randint(4, 300)]) if not plain else r.randint(1, 300)
    arrays, names, truth = [], [], []
    kinds = columns(r, plain)
    for i in range(r.randint(1, 8)):
        kind, typ, value = r.choice(kinds)
        gaps = r.choice([0, 0, 0.1, 0.9, 1])
        values = [None if r.random() < gaps else value() for _ in range(rows)]
        name = r.choice(["c", "naïve ", 'q"', "a.b", "x,y"]) + str(i)
        c = {"name": name, "kind": kind, "values": [told(kind, v) for v in values], "levels": None, "ordered": kind == "ordered"}
        if isinstance(typ, list):
            c["levels"] = typ
            codes = pa.array([None if v is None else typ.index(v) for v in values], pa.int32())
            arrays.append(pa.DictionaryArray.from_arrays(codes, pa.array(typ, pa.string()), ordered=kind == "ordered"))
        else:
            if getattr(typ, "tz", None):
                values = [v and v.replace(tzinfo=dt.timezone.utc) for v in values]
            arrays.append(pa.array(values, typ))
        names.append(name)
        truth.append(c)
    return pa.table(arrays, names=names), truth


NULLABLE = {
    pa.int8(): pd.Int8Dtype(), pa.int16(): pd.Int16Dtype(), pa.int32(): pd.Int32Dtype(), pa.int64(): pd.Int64Dtype(),
    pa.uint8(): pd.UInt8Dtype(), pa.uint16(): pd.UInt16Dtype(), pa.uint32(): pd.UInt32Dtype(), pa.uint64(): pd.UInt64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}


def write(r, table, truth, path):
    """Writes the table by a program drawn at random, and gives the file's name."""
    program = r.choice(["pyarrow", "pandas", "polars", "duckdb"])
    form = r.choice(["parquet", "parquet", "arrow", "arrows"]) if program != "duckdb" else "parquet"
    out = path.with_name(f"{path.name}-{program}.{form}")
    small = r.choice([None, 10, 100])
    if program == "pyarrow":
        if form == "parquet":
            pa.parquet.write_table(table, out, compression=r.choice(["snappy", "zstd", "gzip", "brotli", "lz4", "none"]), row_group_size=small,
                                   use_dictionary=any(c["levels"] for c in truth) or r.choice([True, False]), data_page_version=r.choice(["1.0", "2.0"]),
                                   store_schema=True, data_page_size=r.choice([100, 2**20]))
        elif form == "arrow":
            pa.feather.write_feather(table, out, compression=r.choice(["lz4", "zstd", "uncompressed"]), chunksize=small)
        else:
            options = pa.ipc.IpcWriteOptions(compression=r.choice([None, "lz4", "zstd"]))
            with pa.ipc.new_stream(out, table.schema, options=options) as stream:
                stream.write_table(table, max_chunksize=small or 1000)
    elif program == "pandas":
        frame = table.to_pandas(types_mapper=NULLABLE.get, date_as_object=True)
        if form == "parquet":
            frame.to_parquet(out, compression=r.choice(["snappy", "zstd", None]))
        else:
            out = path.with_name(f"{path.name}-pandas.feather")
            frame.to_feather(out)
    elif program == "polars":
        frame = pl.from_arrow(table)
        for c in truth:
            if c["levels"]:
                frame = frame.with_columns(pl.col(c["name"]).cast(pl.String).cast(pl.Enum(c["levels"]) if c["ordered"] else pl.Categorical))
        if form == "parquet":
            frame.write_parquet(out, compression=r.choice(["zstd", "snappy", "lz4", "uncompressed"]), row_group_size=small)
        elif form == "arrow":
            frame.write_ipc(out, compression=r.choice(["uncompressed", "lz4", "zstd"]))
        else:
            frame.write_ipc_stream(out, compression=r.choice(["uncompressed", "lz4", "zstd"]))
    else:
        for c in truth:  # its tables have no levels: they are texts
            c["levels"] = None
        duckdb.sql(f"copy (select * from \"table\") to '{out}' (format parquet, compression {r.choice(['snappy', 'zstd', 'gzip', 'uncompressed'])}, row_group_size {small or 2048})")
    return out.name


def write_lines(r, table, path):
    if r.random() < 0.5:
        out = path.with_name(path.name + "-polars.jsonl")
        pl.from_arrow(table).write_ndjson(out)
    else:
        out = path.with_name(path.name + "-pandas.jsonl")
        with open(out, "w", encoding="utf-8") as f:
            for row in table.to_pylist():
                f.write(json.dumps(row, ensure_ascii=r.random() < 0.5) + "\n")
    return out.name


def main(folder, count, seed):
    r = random.Random(seed)
    folder = pathlib.Path(folder)
    with open(folder / "truth.jsonl", "w", encoding="utf-8") as f:
        for i in range(count):
            lines = r.random() < 0.15
            table, truth = draw(r, lines)
            path = folder / f"t{i:05d}"
            name = write_lines(r, table, path) if lines else write(r, table, truth, path)
            f.write(json.dumps({"file": name, "rows": table.num_rows, "columns": truth}) + "\n")


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
