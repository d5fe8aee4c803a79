"""pandas and numpy, for examples/peers. Both read the whole file into memory first, which is part of the time.

    python3 frames.py pandas|numpy about
    python3 frames.py pandas|numpy TASK FILE     prints the result and its time as JSON
"""
import importlib.util
import json
import sys
import time

import numpy as np

COLUMNS = ["id", "x", "y", "z", "k", "ts", "f", "price"]
NEEDED = {"T1": ["x"], "T2": COLUMNS, "T3": ["k", "y", "price"], "T4": ["x", "y", "z", "price"], "T5": ["y"]}


def read_pandas(file, columns):
    import pandas as pd

    if file.endswith(".csv"):
        return pd.read_csv(file, usecols=columns)
    if file.endswith(".parquet"):
        return pd.read_parquet(file, columns=columns)
    return pd.read_feather(file, columns=columns)


def read_numpy(file, columns):
    positions = [COLUMNS.index(c) for c in columns]
    integers = {"id", "k", "ts"}
    dtype = [(c, "i8" if c in integers else "f8") for c in columns]
    empty = {COLUMNS.index("z"): lambda s: float(s) if s else np.nan} if "z" in columns else None
    return np.loadtxt(file, delimiter=",", skiprows=1, usecols=positions, dtype=dtype, converters=empty, encoding="ascii", ndmin=1)


def statistics_pandas(column):
    return [column.count(), column.sum(), column.mean(), column.std(), column.min(), column.max()]


def statistics_numpy(column):
    if column.dtype.kind == "f":
        column = column[~np.isnan(column)]
    return [column.size, column.sum(), column.mean(), column.std(ddof=1), column.min(), column.max()]


def groups_pandas(table):
    groups = table.groupby("k").agg(n=("k", "size"), mean=("y", "mean"), max=("price", "max"))
    return [[k, *row] for k, row in zip(groups.index, groups.itertuples(index=False))]


def groups_numpy(table):
    order = np.argsort(table["k"], kind="stable")
    keys, starts, counts = np.unique(table["k"][order], return_index=True, return_counts=True)
    means = np.add.reduceat(table["y"][order], starts) / counts
    return list(zip(keys, counts, means, np.maximum.reduceat(table["price"][order], starts)))


def run(peer, task, file):
    pandas = peer == "pandas"
    table = (read_pandas if pandas else read_numpy)(file, NEEDED[task])
    if task == "T1":
        return [[(table["x"] * table["x"]).sum()]]
    if task == "T2":
        of = statistics_pandas if pandas else statistics_numpy
        return [[v for c in COLUMNS for v in of(table[c])]]
    if task == "T3":
        return groups_pandas(table) if pandas else groups_numpy(table)
    if task == "T4":
        kept = table[(table["z"] > 0) & (table["y"] < 3)]
        return [[(kept["x"] * kept["y"]).sum(), kept["price"].mean()]]
    return [list(np.quantile(table["y"], [0.5, 0.99]))]


def about(peer):
    module = __import__(peer)
    formats = ["csv"]
    if peer == "pandas" and importlib.util.find_spec("pyarrow"):
        formats += ["parquet", "arrow"]
    return {"version": module.__version__, "formats": formats}


def plain(v):
    return str(v) if isinstance(v, (int, np.integer)) else float(v)


if __name__ == "__main__":
    peer, task = sys.argv[1:3]
    if task == "about":
        print(json.dumps(about(peer)))
    else:
        __import__(peer)
        began = time.perf_counter()
        rows = run(peer, task, sys.argv[3])
        seconds = time.perf_counter() - began
        print(json.dumps({"seconds": seconds, "rows": [[plain(v) for v in row] for row in rows]}))
