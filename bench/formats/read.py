"""How long Polars takes to read a Parquet file, beside labbook.

    python3 bench/formats/read.py make FILE     a million rows of ten columns
    python3 bench/formats/read.py read FILE     the best and the median of ten readings

labbook reads it by: LABBOOK_BENCH=FILE go test ./internal/data/formats -bench Read -run '^$'
"""

import statistics
import sys
import time

import numpy as np
import polars as pl

command, path = sys.argv[1:]
if command == "make":
    r = np.random.default_rng(1)
    n = 1_000_000
    columns = {f"x{i}": r.normal(size=n) for i in range(4)}
    columns |= {"whole": r.integers(0, 1_000_000, n), "count": r.poisson(3, n), "flag": r.random(n) < 0.3}
    columns |= {"city": r.choice([f"city {i}" for i in range(200)], n), "day": (r.integers(0, 20_000, n)).astype("datetime64[D]")}
    columns |= {"note": [f"note {i}" for i in r.integers(0, 10**9, n)]}
    frame = pl.DataFrame(columns).with_columns(pl.when(pl.col("flag")).then(None).otherwise(pl.col("x3")).alias("x3"))
    frame.write_parquet(path)
else:
    took, busy = [], []
    for _ in range(10):
        began, cpu = time.perf_counter(), time.process_time()
        pl.read_parquet(path)
        took.append(time.perf_counter() - began)
        busy.append(time.process_time() - cpu)
    print(f"polars {pl.__version__}: best {min(took):.3f} s, median {statistics.median(took):.3f} s, {statistics.median(busy):.3f} s of processor time")
