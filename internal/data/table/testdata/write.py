"""Writes the same table by pandas and by Polars, each to an Arrow file."""

import datetime
import sys

import pandas
import polars

by_pandas, by_polars, compression = sys.argv[1:]
day = datetime.date
when = datetime.datetime
frame = pandas.DataFrame(
    {
        "whole": pandas.array([1, None, -3], dtype="Int64"),
        "small": pandas.Series([1, 2, 3], dtype="uint8"),
        "real": [0.5, None, -1e300],
        "flag": pandas.array([True, None, False], dtype="boolean"),
        "grade": pandas.Categorical(["low", None, "high"], categories=["low", "middle", "high"], ordered=True),
        "text": ["a", None, "ü\n"],
        "when": pandas.to_datetime(["2020-01-02T03:04:05.25", None, "1969-12-31T23:59:59"], format="ISO8601"),
        "zoned": pandas.to_datetime(["2020-01-02T03:04:05", None, "2020-07-02T03:04:05"]).tz_localize("Europe/Berlin"),
    }
)
frame.to_feather(by_pandas, compression=compression)
polars.DataFrame(
    {
        "whole": polars.Series([1, None, -3], dtype=polars.Int64),
        "small": polars.Series([1, 2, 3], dtype=polars.UInt8),
        "real": [0.5, None, -1e300],
        "flag": [True, None, False],
        "grade": polars.Series(["low", None, "high"], dtype=polars.Enum(["low", "middle", "high"])),
        "text": ["a", None, "ü\n"],
        "when": [when(2020, 1, 2, 3, 4, 5, 250000), None, when(1969, 12, 31, 23, 59, 59)],
        "day": [day(2020, 2, 29), None, day(1969, 12, 31)],
    }
).write_ipc(by_polars, compression=compression)
