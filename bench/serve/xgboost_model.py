"""The model that the FastAPI peers answer with: XGBoost with the parameters
that the reference notebook found best, on the logarithm of the price.

    python3 bench/serve/xgboost_model.py data/diamonds.csv model.json [trees.so]

With a third name the trees are compiled too, by tl2cgen and gcc.
"""

import csv
import sys

import numpy as np
import xgboost

ORDERS = {
    "cut": ["Fair", "Good", "Very Good", "Premium", "Ideal"],
    "color": ["J", "I", "H", "G", "F", "E", "D"],
    "clarity": ["I1", "SI2", "SI1", "VS2", "VS1", "VVS2", "VVS1", "IF"],
}
CODES = {name: {level: code for code, level in enumerate(levels)} for name, levels in ORDERS.items()}
COLUMNS = ["carat", "cut", "color", "clarity", "depth", "table", "x", "y", "z"]


def row(stone):
    """The features of a stone, given as a mapping with a value per column."""
    return [CODES[name][stone[name]] if name in CODES else float(stone[name]) for name in COLUMNS]


def load(path):
    """The fitted model, with which one thread predicts."""
    model = xgboost.XGBRegressor()
    model.load_model(path)
    model.get_booster().set_param({"nthread": 1})
    return model


def train(data, path):
    with open(data, newline="") as f:
        stones = [stone for stone in csv.DictReader(f) if float(stone["price"]) > 0]
    x = np.array([row(stone) for stone in stones])
    y = np.log([float(stone["price"]) for stone in stones])
    model = xgboost.XGBRegressor(n_estimators=920, max_depth=6, learning_rate=0.02255, min_child_weight=5, reg_lambda=3.15e-8,
                                 reg_alpha=8.03e-5, colsample_bytree=0.7, tree_method="hist", n_jobs=2)
    model.fit(x, y)
    model.save_model(path)


def compile_trees(path, library):
    """Writes the model's trees as C, and compiles them."""
    import tl2cgen
    import treelite

    trees = treelite.frontend.load_xgboost_model(path, format_choice="json")
    tl2cgen.export_lib(trees, toolchain="gcc", libpath=library, params={"parallel_comp": 8}, verbose=False)


if __name__ == "__main__":
    train(sys.argv[1], sys.argv[2])
    if len(sys.argv) > 3:
        compile_trees(*sys.argv[2:])
