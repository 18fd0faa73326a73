"""A whole run from a CSV file to a judged model, beside a bare script of pandas and
XGBoost, in turns on this machine: seconds on the wall and of the processor, the most
memory that is not of files, and the error on a fifth of the rows that was held out.

    python3 bench/scale/compare.py bin/labbook 1000000             # rows like diamonds
    python3 bench/scale/compare.py bin/labbook 50000000 --memory 4GB --without explore

With --memory labbook's stages claim it, and the script streams: XGBoost's external memory,
of pieces of the file. The file is made in FOLDER (--folder), 48 bytes a row, once.
"""

import argparse
import datetime
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TREES, DEPTH, RATE = 200, 8, 0.1
PIECE = 1_000_000  # rows


def make(path, rows):
    """Writes rows like those of data/diamonds.csv: drawn, and moved a little."""
    import numpy
    import polars

    real = polars.read_csv(os.path.join(HERE, "../../data/diamonds.csv"))
    with open(path, "wb") as out:
        for at in range(0, rows, PIECE):
            rng = numpy.random.default_rng(at)
            n = min(PIECE, rows - at)
            frame = real[rng.integers(0, len(real), n)]
            by = lambda name, spread: (frame[name].to_numpy() * numpy.exp(rng.normal(0, spread, n)))
            frame = frame.with_columns(
                carat=by("carat", 0.02).round(2), depth=by("depth", 0.003).round(1), price=by("price", 0.05).round().astype(int),
                x=by("x", 0.005).round(2), y=by("y", 0.005).round(2), z=by("z", 0.005).round(2))
            frame.write_csv(out, include_header=at == 0)


STAGES = """name: scale
stages:
  load: {uses: load, with: {path: scale.csv}%(memory)s}
  explore: {uses: explore, from: load, with: {target: price}%(memory)s}
  split: {uses: split, from: load%(memory)s}
  features: {uses: features, from: split, with: {target: price, encode: {categories: ordinal}}%(memory)s}
  train: {uses: train, from: features, with: {model: boosting, params: {n_estimators: %(trees)d, max_depth: %(depth)d, learning_rate: %(rate)s}}%(memory)s}
  evaluate: {uses: evaluate, from: [split, train]%(memory)s}
"""


def watch(command, **options):
    """Runs a command; gives its output, seconds, those of the processor, and MB."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)
    most = [0]

    def look():
        while process.poll() is None:
            try:
                with open(f"/proc/{process.pid}/status") as f:
                    most[0] = max(most[0], int(re.search(r"RssAnon:\s+(\d+)", f.read()).group(1)))
            except (OSError, AttributeError):
                return
            time.sleep(0.02)

    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    thread = threading.Thread(target=look)
    thread.start()
    out = process.communicate()[0]
    took = time.perf_counter() - began
    thread.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        sys.exit(f"{command} failed:\n{out}")
    return out, took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, most[0] / 1024


def ours(program, path, memory, without, folder):
    project = tempfile.mkdtemp(dir=folder)
    os.symlink(path, os.path.join(project, "scale.csv"))
    declared = STAGES % {"memory": f", memory: {memory}" if memory else "", "trees": TREES, "depth": DEPTH, "rate": RATE}
    declared = "".join(line + "\n" for line in declared.splitlines() if not any(line.startswith(f"  {w}:") for w in without))
    with open(os.path.join(project, "pipeline.yaml"), "w") as f:
        f.write(declared)
    try:
        _, took, cpu, mb = watch([program, "run", "--jobs", "2", "--quiet", "--no-png"], cwd=project)
        said = json.loads(subprocess.check_output([program, "runs", "show", "--json"], cwd=project))
        stages = {s["name"]: s for s in said["stages"]}
        mae = next(m["value"] for m in stages["evaluate"]["metrics"] if m["name"].endswith("mae"))
        print("labbook", row(took, cpu, mb, mae), ", ".join(f"{n} {seconds(s):.2f} s, {s['cpu'] / 1e9:.1f}" for n, s in stages.items()), flush=True)
    finally:
        shutil.rmtree(project)


def seconds(stage):
    began, ended = (datetime.datetime.fromisoformat(stage[k].rstrip("Z")[:26]) for k in ("started", "ended"))
    return (ended - began).total_seconds()


def row(took, cpu, mb, mae):
    return f"{took:.1f} s, {cpu:.1f} s of the processor, {mb:.0f} MB, MAE {mae:.1f}"


def script(path):
    """What a person writes with pandas and XGBoost."""
    import numpy
    import pandas
    import xgboost

    frame = pandas.read_csv(path)
    for name in ["cut", "color", "clarity"]:
        frame[name] = frame[name].astype("category").cat.codes
    test = numpy.random.default_rng(1).random(len(frame)) < 0.2
    y, x = frame.pop("price"), frame
    train = xgboost.DMatrix(x[~test], y[~test])
    model = xgboost.train(PARAMS, train, TREES)
    print(float(abs(model.predict(xgboost.DMatrix(x[test])) - y[test]).mean()))


def streamed(path):
    """The same by XGBoost's external memory: no more than a piece of the file is held."""
    import numpy
    import pandas
    import xgboost

    levels = {"cut": ["Fair", "Good", "Ideal", "Premium", "Very Good"], "color": list("DEFGHIJ"),
              "clarity": ["I1", "IF", "SI1", "SI2", "VS1", "VS2", "VVS1", "VVS2"]}

    def pieces(held):
        for k, frame in enumerate(pandas.read_csv(path, chunksize=PIECE, dtype={n: pandas.CategoricalDtype(v) for n, v in levels.items()})):
            for name in levels:
                frame[name] = frame[name].cat.codes
            test = numpy.random.default_rng(k).random(len(frame)) < 0.2
            frame = frame[test == held]
            yield frame.drop(columns="price"), frame["price"]

    class Pieces(xgboost.DataIter):
        def __init__(self):
            super().__init__(cache_prefix=os.path.join(os.path.dirname(path), "xgboost"), on_host=False)
            self.reset()

        def next(self, take):
            for x, y in self.left:
                take(data=x, label=y)
                return True
            return False

        def reset(self):
            self.left = pieces(False)

    model = xgboost.train(PARAMS, xgboost.ExtMemQuantileDMatrix(Pieces(), max_bin=256), TREES)
    off = rows = 0
    for x, y in pieces(True):
        off, rows = off + float(abs(model.inplace_predict(x) - y).sum()), rows + len(y)
    print(off / rows)


PARAMS = {"max_depth": DEPTH, "learning_rate": RATE, "tree_method": "hist", "nthread": 2}

if __name__ == "__main__":
    if sys.argv[1] in ("script", "streamed"):
        sys.exit(globals()[sys.argv[1]](sys.argv[2]))
    p = argparse.ArgumentParser()
    p.add_argument("program")
    p.add_argument("rows", type=int)
    p.add_argument("--memory")
    p.add_argument("--turns", type=int, default=2)
    p.add_argument("--folder", default=tempfile.gettempdir())
    p.add_argument("--without", nargs="*", default=[])
    p.add_argument("--only", choices=["labbook", "peer"])
    a = p.parse_args()
    path = os.path.join(a.folder, f"scale-{a.rows}.csv")
    if not os.path.exists(path):
        make(path + ".part", a.rows)
        os.rename(path + ".part", path)
    for _ in range(a.turns):
        if a.only != "peer":
            ours(os.path.abspath(a.program), path, a.memory, a.without, a.folder)
        if a.only != "labbook":
            out, took, cpu, mb = watch([sys.executable, __file__, "streamed" if a.memory else "script", path])
            print("XGBoost, streamed" if a.memory else "pandas and XGBoost", row(took, cpu, mb, float(out)), flush=True)
