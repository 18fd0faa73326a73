"""CSV into typed columns, beside the peers: in turns, each in a process of its own, which
reads the file several times; the median, in ms, the best of the turns, and the ratio of
labbook to it.

    python3 bench/csv/compare.py [-n turns] [-c 1 2] [case …]

Columns of texts become categories, as labbook makes them; the peers are told which, and
pandas reads it without, too. With one core a process may use one (taskset).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

TIMES = 7


def stones(rows):
    """Rows like data/diamonds.csv."""
    import numpy
    import polars

    rng = numpy.random.default_rng(1)
    size = 3 + 6 * rng.random(rows)
    pick = lambda levels: numpy.array(levels)[rng.integers(0, len(levels), rows)]
    return polars.DataFrame({
        "carat": (size ** 3 / 300).round(2), "cut": pick(["Fair", "Good", "Very Good", "Premium", "Ideal"]), "color": pick(list("DEFGHIJ")),
        "clarity": pick(["I1", "SI2", "SI1", "VS2", "VS1", "VVS2", "VVS1", "IF"]), "depth": (60 + 4 * rng.random(rows)).round(1),
        "table": (53 + 8 * rng.random(rows)).round(1), "price": 300 + rng.integers(0, 18000, rows),
        "x": size.round(2), "y": (size * 1.01).round(2), "z": (size * .62).round(2)}), ["cut", "color", "clarity"]


def quoted(rows):
    """Texts in quotes, with commas and doubled quotes, no two alike, beside a category in quotes and two numbers."""
    import numpy
    import polars

    rng = numpy.random.default_rng(2)
    words = numpy.array(["stone", "very good, in all", "a \"rare\" one", "from the south", "cut anew", "sold, and sold again", "heavy"])
    texts = [f"{i} " + ", ".join(w) for i, w in enumerate(words[rng.integers(0, len(words), (rows, 6))])]
    return polars.DataFrame({"text": texts, "kind": numpy.array(["one, of them", "other"])[rng.integers(0, 2, rows)],
                             "a": rng.random(rows).round(4), "b": rng.integers(0, 1000, rows)}), ["kind"]


def wide(rows):
    """500 columns: of each five two with three decimals, two whole, one a category."""
    import numpy
    import polars

    rng = numpy.random.default_rng(3)
    frame, levels = {}, numpy.array(["red", "green", "blue", "white"])
    for k in range(0, 500, 5):
        frame[f"c{k}"], frame[f"c{k + 1}"] = rng.normal(0, 10, rows).round(3), rng.random(rows).round(3)
        frame[f"c{k + 2}"], frame[f"c{k + 3}"] = rng.integers(0, 10, rows), rng.integers(0, 100_000, rows)
        frame[f"c{k + 4}"] = levels[rng.integers(0, 4, rows)]
    return polars.DataFrame(frame), [f"c{k + 4}" for k in range(0, 500, 5)]


CASES = {"diamonds": (stones, 53_940), "million": (stones, 1_000_000), "quoted": (quoted, 100_000), "wide": (wide, 10_000)}


def polars(path, names):
    import polars

    kinds = {n: polars.Categorical for n in names}
    return lambda: polars.read_csv(path, schema_overrides=kinds)


def pandas(path, names):
    import pandas

    kinds = {n: "category" for n in names}
    return lambda: pandas.read_csv(path, dtype=kinds)


def pandas_without(path, names):
    import pandas

    return lambda: pandas.read_csv(path)


def pyarrow(path, names):
    import pyarrow
    from pyarrow import csv

    kinds = {n: pyarrow.dictionary(pyarrow.int32(), pyarrow.string()) for n in names}
    return lambda: csv.read_csv(path, convert_options=csv.ConvertOptions(column_types=kinds))


PEERS = {"Polars": polars, "pandas": pandas, "pandas without categories": pandas_without, "pyarrow": pyarrow}


def peer(name, cores, path, names):
    """In a process of its own."""
    if name == "pyarrow":
        import pyarrow

        pyarrow.set_cpu_count(int(cores))
    read, took = PEERS[name](path, names), []
    for _ in range(TIMES):
        began = time.perf_counter()
        read()
        took.append(time.perf_counter() - began)
    print(json.dumps(took))


def median(command, cores):
    if cores == 1:
        command = ["taskset", "-c", "0"] + command
    out = subprocess.check_output(command, text=True, env=dict(os.environ, POLARS_MAX_THREADS=str(cores), GOMAXPROCS=str(cores)))
    return 1000 * sorted(json.loads(out))[TIMES // 2]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("-n", type=int, default=2)
    p.add_argument("-c", type=int, nargs="*", default=[1, 2])
    p.add_argument("cases", nargs="*", default=list(CASES))
    a = p.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "csv")
        subprocess.check_call(["go", "build", "-o", program, "./bench/csv"])
        for case in a.cases:
            make, rows = CASES[case]
            frame, names = make(rows)
            path = os.path.join(folder, case + ".csv")
            frame.write_csv(path, quote_style="non_numeric" if make is quoted else "necessary")
            for cores in a.c:
                best = {}
                for _ in range(a.n):
                    for side in ["labbook", *PEERS]:
                        command = [sys.executable, __file__, "peer", side, str(cores), path, *names]
                        if side == "labbook":
                            command = [program, "-cores", str(cores), "-times", str(TIMES), path]
                        best[side] = min(median(command, cores), best.get(side, 1e9))
                ratios = ", ".join(f"{side} {ms:.1f} = {best['labbook'] / ms:.2f}" for side, ms in best.items() if side != "labbook")
                print(f"{case}, {rows:,} rows, {os.path.getsize(path) / 1e6:.1f} MB, {cores} cores: labbook {best['labbook']:.1f} ms; {ratios}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["peer"]:
        peer(sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5:])
    else:
        main()
