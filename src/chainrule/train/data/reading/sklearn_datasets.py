"""The data sets that ship with scikit-learn, as tables.

Their files are read from where it is installed, since importing it takes longer than training.
"""

from __future__ import annotations

import csv
import gzip
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.train.data.table import Column, Table

__all__ = ["DATA_SETS", "load_sklearn"]

DATA_SETS = ("digits", "iris", "wine", "breast-cancer", "diabetes")
"""Their names; nothing is downloaded."""

NUCLEI = [
    *("radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity"),
    *("concave points", "symmetry", "fractal dimension"),
]
"""What is measured of the nuclei in breast-cancer."""

COLUMNS = {
    "digits": [f"pixel_{row}_{column}" for row in range(8) for column in range(8)],
    "iris": [f"{part} {side} (cm)" for part in ("sepal", "petal") for side in ("length", "width")],
    "wine": [
        *("alcohol", "malic_acid", "ash", "alcalinity_of_ash", "magnesium", "total_phenols"),
        *("flavanoids", "nonflavanoid_phenols", "proanthocyanins", "color_intensity", "hue"),
        *("od280/od315_of_diluted_wines", "proline"),
    ],
    "breast-cancer": [
        form.format(measure) for form in ("mean {}", "{} error", "worst {}") for measure in NUCLEI
    ],
    "diabetes": ["age", "sex", "bmi", "bp", *(f"s{number}" for number in range(1, 7))],
}
"""The names of their columns as scikit-learn has them, which are not in the files."""


def load_sklearn(name: str) -> Table:
    """One of `DATA_SETS`, with its answers in column `target`, diabetes in its original units.

    The pixels of digits are one group, since they share one unit.
    """
    try:
        values, target, levels = _read(name)
    except FileNotFoundError:  # a version of scikit-learn that keeps its files in another way
        values, target, levels = _import(name)
    group = "pixel" if name == "digits" else ""
    columns = {
        label: Column(label, "number", column, group=group)
        for label, column in zip(COLUMNS[name], values.T, strict=True)
    }
    if name == "diabetes":
        columns["target"] = Column("target", "number", target)
    else:
        columns["target"] = Column("target", "category", target.astype(np.int64), levels)
    return Table(name, columns, target="target")


def _read(name: str) -> tuple[Array, Array, tuple[str, ...]]:
    """Inputs, answers and the names of the classes, from the files of scikit-learn."""
    found = find_spec("sklearn")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("sklearn")
    folder = Path(found.submodule_search_locations[0]) / "datasets" / "data"
    if name == "diabetes":  # unscaled: the scaling was fitted to all rows, held-out ones included
        values, target = (
            _numbers(folder / f"diabetes_{part}.csv.gz", None) for part in ("data_raw", "target")
        )
        return values, target, ()
    if name == "digits":
        rows = _numbers(folder / "digits.csv.gz", ",")
        return rows[:, :-1], rows[:, -1], tuple(map(str, range(10)))
    file = {"wine": "wine_data.csv", "breast-cancer": "breast_cancer.csv"}.get(name, f"{name}.csv")
    with open(folder / file, encoding="utf-8", newline="") as lines:
        _, _, *levels = next(csv.reader(lines))
        rows = np.loadtxt(lines, delimiter=",", ndmin=2)
    return rows[:, :-1], rows[:, -1], tuple(levels)


def _numbers(path: Path, delimiter: str | None) -> Array:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return np.loadtxt(lines, delimiter=delimiter)


def _import(name: str) -> tuple[Array, Array, tuple[str, ...]]:
    """As `_read`, by scikit-learn's own functions."""
    from sklearn import datasets

    if name == "diabetes":
        bunch: Any = datasets.load_diabetes(scaled=False)
    else:
        bunch = getattr(datasets, f"load_{name.replace('-', '_')}")()
    levels = tuple(map(str, getattr(bunch, "target_names", ())))
    return np.asarray(bunch.data, np.float64), np.asarray(bunch.target, np.float64), levels
