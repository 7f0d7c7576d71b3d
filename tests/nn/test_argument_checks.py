"""Errors that name the argument, what it must be and what it was."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import nn
from chainrule.errors import OptionError, ShapeError, UnknownNameError

X = np.random.default_rng(1).normal(size=(5, 4))


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: nn.Linear(0, 2), OptionError, "Linear inputs"),
        (lambda: nn.Linear(2, 1.5), OptionError, "Linear outputs"),
        (lambda: nn.Linear(2, 2, "both"), OptionError, "'own', 'shared' or None"),
        (lambda: nn.Linear(2, 2, dtype=int), OptionError, "float64 or float32"),
        (lambda: nn.Linear.of([1.0, 2.0]), ShapeError, r"a weight \(H, D\)"),
        (lambda: nn.Linear.of([[1.0], [2.0]], [1.0, 2.0, 3.0]), ShapeError, r"\(2, 1\)"),
        (lambda: nn.Linear(4, 3)(np.ones(3)), ShapeError, r"\(…, 4\), got \(3,\)"),
        (lambda: nn.Sequential(nn.Linear(4, 3), nn.Linear(4, 3))(X), ShapeError, "layers.1"),
        (lambda: nn.Sequential(nn.Linear(4, 3), nn.ReLU), OptionError, r"ReLU\(\)"),
        (lambda: nn.BatchNorm(0), OptionError, "features"),
        (lambda: nn.BatchNorm(2, momentum=2), OptionError, "momentum"),
        (lambda: nn.BatchNorm(2, eps=-1), OptionError, "eps"),
        (lambda: nn.LayerNorm(3)(X), ShapeError, r"\(…, 3\)"),
        (lambda: nn.Dropout(1.0), OptionError, "dropout"),
        (lambda: nn.mlp(4, 3, 2), OptionError, r"\(128, 64\)"),
        (lambda: nn.mlp(4, (0,), 2), OptionError, "outputs"),
        (lambda: nn.mlp(4, (2,), 2, dropout=-0.5), OptionError, "dropout"),
        (lambda: nn.mlp(4, (2,), 2, activation="nope"), UnknownNameError, "activation"),
        (lambda: nn.Linear(4, 2, seed=True), OptionError, "seed: expected a whole number, 0 or mo"),
        (lambda: nn.mlp(4, (2,), 2, seed=True), OptionError, "seed: .* got True"),
        (lambda: nn.Dropout(0.5, seed=True), OptionError, "seed: .* got True"),
        (lambda: nn.Dropout(0.5, seed=np.True_), OptionError, "seed"),
        (lambda: nn.Dropout(0.5, seed=1.0), OptionError, "seed"),
        (lambda: nn.Sequential(nn.ReLU(), seed=-1), OptionError, "seed"),
        (lambda: nn.Linear(1, 1).scope()["wait"], UnknownNameError, "weight"),
    ],
)
def test_bad_arguments(make, error, words):
    with pytest.raises(error, match=words):
        make()
