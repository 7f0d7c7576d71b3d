"""Random columns as people have them, as frames of Polars and of pandas."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import polars as pl

__all__ = ["in_pandas", "random_frame"]

TYPES = {
    "whole": pl.Int64,
    "large": pl.Int64,
    "float": pl.Float64,
    "truth": pl.Boolean,
    "day": pl.Date,
    "moment": pl.Datetime("us"),
}

PANDAS: dict[str, dict[Any, str]] = {
    "plain": {pl.String: "object", pl.Float64: "float64", pl.Boolean: "object", pl.Date: "object"},
    "nullable": {
        pl.Int64: "Int64",
        pl.Float64: "Float64",
        pl.Boolean: "boolean",
        pl.String: "string",
        pl.Date: "object",
    },
    "arrow": {
        pl.Int64: "int64[pyarrow]",
        pl.Float64: "double[pyarrow]",
        pl.Boolean: "bool[pyarrow]",
        pl.Date: "date32[day][pyarrow]",
        pl.Datetime("us"): "timestamp[us][pyarrow]",
        pl.String: "string[pyarrow]",
    },
}
"""The dtypes of pandas for those of Polars; where there is none, pandas chooses."""


def _cell(kind: str, rng: random.Random) -> Any:
    day = dt.date(2020, 1, 1) + dt.timedelta(rng.randint(0, 900))
    return {
        "whole": lambda: rng.randint(-5, 40),
        "large": lambda: rng.randint(0, 2**60),
        "float": lambda: rng.gauss(0, 10) * 10 ** rng.randint(-8, 8),
        "truth": lambda: rng.random() < 0.5,
        "day": lambda: day,
        "moment": lambda: (
            dt.datetime(2020, 1, 1)
            + dt.timedelta(seconds=rng.randint(0, 10**7), microseconds=rng.choice([0, 123456]))
        ),
        "word": lambda: rng.choice(["red", "green", "blue", "sky blue", " x "]),
        "marked": lambda: rng.choice(["?", "1,250", "7"]),
        "money": lambda: f"${rng.randint(0, 9999):,}.50",
        "percent": lambda: f"{rng.randint(0, 99)} %",
        "comma": lambda: f"{rng.randint(0, 99)},{rng.randint(0, 99):02}",
        "text": lambda: "".join(rng.choice("abcdefgh ") for _ in range(20)),
        "german": lambda: f"{day:%d.%m.%Y}",
        "iso": lambda: str(day),
    }[kind]()


KINDS = [*TYPES, "word", "marked", "money", "percent", "comma", "text", "german", "iso"]


def random_frame(rng: random.Random) -> pl.DataFrame:
    """Some columns of random kinds, with and without missing cells."""
    rows, columns = rng.choice([12, 40, 90]), []
    for i, kind in enumerate(rng.choices(KINDS, k=rng.randint(2, 6))):
        gap = rng.choice([0, 0, 0.1, 0.3])
        cells = [None if rng.random() < gap else _cell(kind, rng) for _ in range(rows)]
        columns.append(pl.Series(f"c{i}", cells, TYPES.get(kind, pl.String)))
    return pl.DataFrame(columns)


def in_pandas(frame: pl.DataFrame, kind: str) -> Any:
    """The frame in pandas, with "plain", "nullable" or "arrow" dtypes, and an index of names."""
    import pandas as pd

    columns = {}
    for series in frame:
        dtype: Any = PANDAS[kind].get(series.dtype)
        if series.dtype == pl.Int64 and series.null_count():
            dtype = dtype or "Int64"
        if series.dtype == pl.String and kind == "arrow":
            import pyarrow

            dtype = pd.ArrowDtype(pyarrow.string())
        columns[series.name] = pd.Series(series.to_list(), dtype=dtype)
    found = pd.DataFrame(columns)
    found.index = [f"row {3 * i}" for i in range(frame.height)]
    return found
