"""Compares what others find in labbook's files with what labbook wrote there.

others.py DIR: for each NAME.json in DIR, which tells the columns of a table,
NAME.parquet, NAME.arrow, NAME.csv and NAME.jsonl are read by pandas, Polars,
pyarrow and DuckDB. Prints what differs, and ends with 1 if anything does.
"""

import csv
import datetime
import json
import pathlib
import sys

import duckdb
import pandas
import polars
import pyarrow
import pyarrow.feather
import pyarrow.parquet

EPOCH = datetime.datetime(1970, 1, 1)
MICRO = datetime.timedelta(microseconds=1)
wrong = []


def plain(v, kind):
    """A value as it is told."""
    if v is None or v is pandas.NaT or v is pandas.NA or isinstance(v, float) and v != v:
        return None
    if isinstance(v, pandas.Timestamp):
        v = v.to_pydatetime()
    if isinstance(v, datetime.datetime):
        if v.tzinfo:
            v = v.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        micros = (v - EPOCH) // MICRO
        return micros if kind != "date" else micros // 86_400_000_000
    if isinstance(v, datetime.date):
        return (v - EPOCH.date()).days
    if hasattr(v, "item"):
        v = v.item()
    if kind in ("int", "date", "time", "zoned") and isinstance(v, float):
        return int(v)
    if kind == "float":
        return float(v)
    return v


def compare(where, column, values):
    want = column["values"]
    if column["type"] == "float":
        want = [v if v is None else float(v) for v in want]
    got = [plain(v, column["type"]) for v in values]
    same = len(got) == len(want) and all(a == b and str(a) == str(b) for a, b in zip(want, got))
    if not same:
        at = next((i for i, (a, b) in enumerate(zip(want, got)) if not (a == b and str(a) == str(b))), None)
        wrong.append(f"{where}: {column['name']!r} ({column['type']}): " + (f"row {at}: wanted {want[at]!r}, found {got[at]!r}" if at is not None else f"{len(want)} rows wanted, {len(got)} found"))


def check(where, condition, what):
    if not condition:
        wrong.append(f"{where}: {what}")


TYPES = {"int": "int64", "float": "double", "bool": "bool", "text": "string", "date": "date32[day]"}


def arrow_table(where, table, columns, rows):
    for c in columns:
        field = table.schema.field(c["name"])
        kind = field.type
        data = table.column(c["name"])
        if c["type"] == "category":
            check(where, pyarrow.types.is_dictionary(kind) and kind.ordered == c["ordered"], f"{c['name']!r} is {kind}")
            if rows and pyarrow.types.is_dictionary(kind):
                levels = data.combine_chunks()
                levels = levels.chunk(0) if isinstance(levels, pyarrow.ChunkedArray) else levels
                check(where, levels.dictionary.to_pylist() == c["levels"], f"{c['name']!r} has the levels {levels.dictionary.to_pylist()}")
        elif c["type"] in TYPES:
            check(where, str(kind) == TYPES[c["type"]], f"{c['name']!r} is {kind}")
        else:
            check(where, pyarrow.types.is_timestamp(kind) and (kind.tz == "UTC") == (c["type"] == "zoned"), f"{c['name']!r} is {kind}")
        meta = field.metadata or {}
        check(where, meta.get(b"unit", b"").decode() == c["unit"], f"{c['name']!r} has the unit {meta}")
        check(where, meta.get(b"description", b"").decode() == c["doc"], f"{c['name']!r} is described by {meta}")
        compare(where, c, data.to_pylist())


def frame(where, data, columns, rows):
    check(where, list(data.columns) == [c["name"] for c in columns], f"columns {list(data.columns)}")
    for c in columns:
        series = data[c["name"]]
        if c["type"] == "category" and rows:
            check(where, list(series.cat.categories) == c["levels"] and series.cat.ordered == c["ordered"], f"{c['name']!r} is {series.dtype}")
        compare(where, c, list(series))


def lazy(where, data, columns):
    check(where, data.columns == [c["name"] for c in columns], f"columns {data.columns}")
    for c in columns:
        compare(where, c, data[c["name"]].to_list())


def duck(where, query, columns):
    found = duckdb.sql(query)
    check(where, found.columns == [c["name"] for c in columns], f"columns {found.columns}")
    rows = found.fetchall()
    for j, c in enumerate(columns):
        compare(where, c, [row[j] for row in rows])


def text_of(c, v):
    """A value as it stands in CSV."""
    if v is None:
        return ""
    if c["type"] == "bool":
        return "true" if v else "false"
    return v


def csv_file(path, columns, rows):
    """CSV has no types: texts are compared, numbers as numbers, times as moments."""

    def column(where, c, texts):
        values = []
        for t in texts:
            if t in ("", None):
                values.append("" if c["type"] == "category" and "" in c["levels"] else None)
            elif c["type"] in ("int", "float"):
                values.append(int(t) if c["type"] == "int" else float(t))
            elif c["type"] == "bool":
                values.append({"true": True, "false": False}[t])
            elif c["type"] == "date":
                values.append(datetime.date.fromisoformat(t))
            elif c["type"] in ("time", "zoned"):
                values.append(datetime.datetime.fromisoformat(t))
            else:
                values.append(t)
        if c["type"] == "category" and "" in c["levels"]:
            c = dict(c, values=["" if v is None else v for v in c["values"]])
        compare(where, c, values)

    name = f"{path} by "
    with open(path, newline="", encoding="utf-8") as f:
        lines = list(csv.reader(f))
    check(name + "csv", lines[0] == [c["name"] for c in columns], f"header {lines[0]}")
    for j, c in enumerate(columns):
        column(name + "csv", c, [line[j] for line in lines[1:]])
    data = pandas.read_csv(path, dtype=str, keep_default_na=False)
    polar = polars.read_csv(path, infer_schema=False)
    for j, c in enumerate(columns):
        column(name + "pandas", c, list(data[c["name"]]))
        column(name + "polars", c, polar[:, j].to_list())  # which leaves quotes in names doubled
    found = duckdb.sql(f"select * from read_csv('{path}', all_varchar = true, header = true, delim = ',', quote = '\"', escape = '\"')")
    values = found.fetchall()
    for j, c in enumerate(columns):
        column(name + "duckdb", c, [row[j] for row in values])


def lines_file(path, columns, rows):
    with open(path, encoding="utf-8") as f:
        found = [json.loads(line) for line in f]
    values = {c["name"]: [row[c["name"]] for row in found] for c in columns}
    check(path, all(list(row) == [c["name"] for c in columns] for row in found), "other columns")

    def column(where, c, texts):
        if c["type"] in ("date", "time", "zoned"):
            kind = datetime.date if c["type"] == "date" else datetime.datetime
            texts = [kind.fromisoformat(t) if isinstance(t, str) else t for t in texts]
        compare(where, c, texts)

    for c in columns:
        column(f"{path} by json", c, values[c["name"]])
    if rows:
        data = polars.read_ndjson(path, infer_schema_length=None)
        for c in columns:
            column(f"{path} by polars", c, data[c["name"]].to_list())


def table(told):
    columns = json.loads(told.read_text())
    rows = len(columns[0]["values"])
    parquet, arrow = told.with_suffix(".parquet"), told.with_suffix(".arrow")
    arrow_table(f"{parquet} by pyarrow", pyarrow.parquet.read_table(parquet, page_checksum_verification=True), columns, rows)
    arrow_table(f"{arrow} by pyarrow", pyarrow.feather.read_table(arrow), columns, rows)
    frame(f"{parquet} by pandas", pandas.read_parquet(parquet), columns, rows)
    frame(f"{arrow} by pandas", pandas.read_feather(arrow), columns, rows)
    lazy(f"{parquet} by polars", polars.read_parquet(parquet), columns)
    lazy(f"{arrow} by polars", polars.read_ipc(arrow), columns)
    duck(f"{parquet} by duckdb", f"select * from read_parquet('{parquet}')", columns)
    csv_file(str(told.with_suffix(".csv")), columns, rows)
    lines_file(str(told.with_suffix(".jsonl")), columns, rows)


def read(folder):
    for told in sorted(pathlib.Path(folder).glob("*.json")):
        try:
            table(told)
        except Exception as e:  # the others are compared all the same
            wrong.append(f"{told}: {type(e).__name__}: {e}")


if __name__ == "__main__":
    read(sys.argv[1])
    print("\n".join(wrong[:40]))
    sys.exit(1 if wrong else 0)
