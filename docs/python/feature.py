"""A feature of one's own: how a penguin's bill compares with the others of its island."""

import os

import pandas as pd

train = pd.read_feather(os.environ["LABBOOK_INPUT_SPLIT_TRAIN"])
test = pd.read_feather(os.environ["LABBOOK_INPUT_SPLIT_TEST"])

# What is learned is learned from the training part alone, and done to both.
usual = train.groupby("island", observed=True)["bill_length_mm"].median()

for name, part in {"train": train, "test": test}.items():
    part["bill_for_island"] = part["bill_length_mm"] / part["island"].map(usual).astype(float)
    part.to_feather(f"{name}.arrow")
