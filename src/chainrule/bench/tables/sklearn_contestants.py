"""scikit-learn's networks and its gradient boosting, on standardised and one-hot inputs."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl
from polars import selectors

from chainrule.bench.tables.read_table import Rows
from chainrule.bench.tables.table_list import BenchTable
from chainrule.graph import Array

__all__ = ["BOOSTING", "MLP", "MLP_STOPPING", "SKLEARN"]

MLP, MLP_STOPPING, BOOSTING = "MLP", "MLP, early stopping", "gradient boosting"


def _mlp(task: str, seed: int, **options: Any) -> Any:
    """The network with its own defaults; of regression, on standardised answers like ours."""
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.preprocessing import StandardScaler

    if task == "classification":
        return MLPClassifier(random_state=seed, **options)
    network = MLPRegressor(random_state=seed, **options)
    return TransformedTargetRegressor(network, transformer=StandardScaler())


def _boosting(task: str, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    classes = task == "classification"
    kind = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    return kind(random_state=seed)


ESTIMATORS: Mapping[str, Callable[[str, int], Any]] = {
    MLP: _mlp,
    MLP_STOPPING: lambda task, seed: _mlp(task, seed, early_stopping=True),
    BOOSTING: _boosting,
}


def _score(name: str, table: BenchTable, rows: Rows, seed: int) -> float:
    from sklearn.exceptions import ConvergenceWarning

    x, x_test = encode(rows, table.target)
    answers = rows.train[table.target], rows.test[table.target]
    if table.task == "classification":
        answers = tuple(column.cast(pl.String) for column in answers)
    y, y_test = (column.to_numpy() for column in answers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", "Could not find the number of physical cores")
        fitted = ESTIMATORS[name](table.task, seed).fit(x, y)
    return float(fitted.score(x_test, y_test))


def encode(rows: Rows, target: str) -> tuple[Array, Array]:
    """The inputs of the training and of the test rows.

    Numbers are standardised, their gaps filled with the median; texts are one-hot, a gap being a
    category of its own. All is fitted to the training rows.
    """
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    parts: list[tuple[Any, list[Array]]] = []
    frames = [frame.drop(target) for frame in (rows.train, rows.test)]
    chosen = [frame.select(selectors.numeric()).cast(pl.Float64) for frame in frames]
    if chosen[0].width:
        parts.append((numbers, [frame.fill_null(np.nan).to_numpy() for frame in chosen]))
    texts = [frame.select(selectors.string()).fill_null("missing") for frame in frames]
    if texts[0].width:
        parts.append((one_hot, [frame.to_numpy() for frame in texts]))
    blocks = [(step.fit_transform(train), step.transform(test)) for step, (train, test) in parts]
    train, test = (np.concatenate(side, axis=1) for side in zip(*blocks, strict=True))
    return train, test


def _contestant(name: str) -> Callable[[BenchTable, Rows, int], float]:
    return lambda table, rows, seed: _score(name, table, rows, seed)


SKLEARN: Mapping[str, Callable[[BenchTable, Rows, int], float]] = {
    name: _contestant(name) for name in ESTIMATORS
}
"""By name, what gives the accuracy or R² on the test rows of a split."""
