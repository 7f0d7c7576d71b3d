"""Errors that name the argument, what it must be and what it was."""

from __future__ import annotations

import contextlib
import inspect

import numpy as np
import pytest

from chainrule import nn
from chainrule.errors import ChainruleError, OptionError, ShapeError, UnknownNameError

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


ODD = [
    "x", b"x", None, 0.5, 2.0, np.float32(0.25), float("nan"), -1, 10**30, True, np.True_,
    np.int64(1), np.array(1), np.array([0, 1]), (), (1,), ("a",), (None,), [1], {}, 1j, object(),
    slice(None), ..., nn.ReLU,
]  # fmt: skip
MAKERS = {
    "Linear": (4, 3),
    "BatchNorm": (4,),
    "LayerNorm": (4,),
    "Dropout": (0.5,),
    "LeakyReLU": (0.1,),
    "ELU": (1.0,),
    "mlp": (4, (3,), 2),
    "Residual": (nn.Linear(4, 4),),
    "Sequential": (nn.Linear(4, 3),),
}


@pytest.mark.parametrize("name", MAKERS)
def test_odd_arguments_are_refused_by_name(name: str):
    """What layers do not take is an error of the package, never a bare one of Python's."""
    make, good = getattr(nn, name), MAKERS[name]
    parameters = inspect.signature(make).parameters.values()
    options = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY or p.name == "bias"]

    def used(*arguments, **chosen):
        with contextlib.suppress(ChainruleError):
            make(*arguments, **chosen)(X, training=True)

    for odd in ODD:
        for i in range(len(good)):
            used(*good[:i], odd, *good[i + 1 :])
        for option in options:
            used(*good, **{option: odd})
        with pytest.raises(ChainruleError):
            nn.Linear(2, 2).load(odd)


def test_numbers_of_numpy_are_taken():
    assert nn.Dropout(np.float32(0.25)).rate == 0.25
    assert nn.Dropout(0.5, seed=np.int64(3)).seed == 3
    assert nn.BatchNorm(np.int64(2), eps=np.float32(0.5), momentum=np.float64(0.5)).eps == 0.5
    assert nn.mlp(np.int64(4), np.array([3]), np.uint8(2), seed=np.uint64(5))(X).shape == (5, 2)
    assert nn.ELU(np.float32(0.5)).alpha == 0.5
