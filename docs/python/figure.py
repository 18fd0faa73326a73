"""A figure of one's own: what each model said of the test rows, beside the truth."""

import json
import os

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
import pandas as pd

plt.rcParams["svg.hashsalt"] = "penguins"  # the same figure has the same bytes
said = pd.read_feather(os.environ["LABBOOK_INPUT_EVALUATE_PREDICTIONS"])

figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
for name in [c for c in said.columns if c.startswith("predicted/")]:
    axes.scatter(said["actual"], said[name], s=8, alpha=0.6, label=name.removeprefix("predicted/"))
axes.axline((said["actual"].mean(),) * 2, slope=1, linewidth=0.8, color="grey")
axes.set_xlabel("body mass (g)")
axes.set_ylabel("predicted (g)")
axes.legend()
figure.savefig("predicted.svg", metadata={"Date": None})

# The same renderer as labbook's own figures, from numbers alone.
errors = {c.removeprefix("predicted/"): float((said[c] - said["actual"]).abs().max()) for c in said.columns if c.startswith("predicted/")}
with open("worst.figure.json", "w") as f:
    json.dump({"title": "The worst mistake of each model", "x": {"name": "off by (g)"},
               "bars": {"names": list(errors), "values": list(errors.values())}}, f)
with open("metrics.json", "w") as f:
    json.dump({"worst": {"value": min(errors.values()), "unit": "g", "better": "lower"}}, f)
