"""Writes a table of 1,000,000 rows and 10 columns as Parquet by labbook, Polars and
pyarrow, in turns on this machine, and prints the median seconds and the bytes.

    go test -c -o /tmp/formats.test ./internal/data/formats
    python3 bench/formats/compare.py /tmp/formats.test
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

import polars
import pyarrow.parquet

ROUNDS = 7
program = sys.argv[1]
folder = tempfile.mkdtemp()
path = os.path.join(folder, "wide.parquet")
subprocess.run([program, "-test.run", "^TestWriteWide$"], check=True, env={**os.environ, "LABBOOK_WIDE": path}, stdout=subprocess.DEVNULL)
arrow, frame = pyarrow.parquet.read_table(path), polars.read_parquet(path)
took = {"labbook": [], "polars": [], "pyarrow": []}
sizes = {"labbook": os.path.getsize(path)}


def timed(name, write):
    out = os.path.join(folder, name)
    began = time.perf_counter()
    write(out)
    took[name].append(time.perf_counter() - began)
    sizes[name] = os.path.getsize(out)


for _ in range(ROUNDS):
    out = subprocess.run([program, "-test.run", "^$", "-test.bench", "^BenchmarkWrite/parquet$", "-test.benchtime", "1x"], check=True, capture_output=True, text=True).stdout
    took["labbook"].append(float(re.search(r"(\d+) ns/op", out).group(1)) / 1e9)
    timed("polars", lambda out: frame.write_parquet(out))
    timed("pyarrow", lambda out: pyarrow.parquet.write_table(arrow, out, compression="zstd"))
for name, seconds in took.items():
    print(f"{name:8} {statistics.median(seconds):.3f} s, the fastest {min(seconds):.3f} s, {sizes[name] / 1e6:.1f} MB")
