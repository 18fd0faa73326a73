"""Makes the files of this folder: tables as other programs write them.

    python3 testdata/formats/make.py

stones.* are the same 60 rows; parts/ is a folder with partitions in its names;
nested.parquet has a column of lists.
"""

import datetime as dt
import pathlib
import random

import pandas as pd
import polars as pl
import pyarrow as pa

here = pathlib.Path(__file__).parent
r = random.Random(1)
rows = 60
carat = [round(0.2 + r.random() * 2, 2) for _ in range(rows)]
stones = pd.DataFrame({
    "id": pd.array([2**53 + 1 + i if i % 7 else None for i in range(rows)], dtype="Int64"),
    "carat": carat,
    "cut": pd.Categorical([r.choice(["Good", "Ideal", "Fair"]) for _ in range(rows)], categories=["Fair", "Good", "Ideal"], ordered=True),
    "sold": pd.array([None if i == 3 else i % 3 == 0 for i in range(rows)], dtype="boolean"),
    "day": [dt.date(2024, 1, 1) + dt.timedelta(days=i) for i in range(rows)],
    "told": pd.to_datetime([f"2024-03-{1 + i % 28:02}T12:00:00" for i in range(rows)]).tz_localize("Europe/Zurich"),
    "price": [int(1000 * c * c) + i for i, c in enumerate(carat)],
})
stones.to_parquet(here / "stones.parquet", index=False, row_group_size=25)
stones.to_feather(here / "stones.feather", compression="zstd")
table = pa.Table.from_pandas(stones, preserve_index=False)
with pa.ipc.new_stream(here / "stones.arrows", table.schema) as stream:
    stream.write_table(table, max_chunksize=25)
plain = stones[["carat", "cut", "price"]].assign(cut=stones["cut"].astype(str))
pl.from_pandas(plain).write_ndjson(here / "stones.jsonl")
for year in (2023, 2024):
    part = here / "parts" / f"year={year}" / "place=A%20b"
    part.mkdir(parents=True, exist_ok=True)
    plain.iloc[(year - 2023) * 30:(year - 2023) * 30 + 30].to_parquet(part / "x.parquet", index=False)
    (here / "parts" / "_SUCCESS").write_text("")
plain.assign(tags=[["a"]] * rows).to_parquet(here / "nested.parquet", index=False)
