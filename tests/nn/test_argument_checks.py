"""Errors that name the argument, what it must be and what it was."""

from __future__ import annotations

import contextlib
import inspect

import numpy as np
import pytest

from chainrule import nn
from chainrule.errors import ChainruleError, OptionError, ShapeError, UnknownNameError

X = np.random.default_rng(1).normal(size=(5, 4))
IMAGE = np.ones((2, 4, 6, 5))


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
        (lambda: nn.Conv2d(4, 8, 0), OptionError, "Conv2d size"),
        (lambda: nn.Conv2d(4, 8, 3, stride=(1, 1, 1)), OptionError, "Conv2d stride.* or 2 of them"),
        (lambda: nn.Conv2d(4, 6, 3, groups=3), OptionError, "Conv2d groups.*3 for 4 inputs"),
        (lambda: nn.Conv1d(4, 6, 3, padding="full"), OptionError, "'same', 'valid' or whole"),
        (lambda: nn.Conv1d(4, 6, 3, padding="same", stride=2), OptionError, "a stride of 1"),
        (lambda: nn.Conv1d(4, 6, 3, bias="no"), OptionError, "Conv1d bias"),
        (lambda: nn.Conv2d(3, 6, 3)(IMAGE), ShapeError, r"Conv2d: .*\(B, 3, N, M\) or \(3, N, M\)"),
        (lambda: nn.Conv2d(4, 6, 9)(IMAGE), ShapeError, "at least 9 × 9 entries"),
        (lambda: nn.Conv2d(4, 6, 3)(X), ShapeError, r"\(B, 4, N, M\)"),
        (
            lambda: nn.ConvTranspose1d(4, 3, 3, stride=2, output_padding=2),
            OptionError,
            "output",
        ),
        (lambda: nn.ConvTranspose1d(4, 3, 1, padding=3)(X.T[None]), ShapeError, "leaves something"),
        (lambda: nn.MaxPool2d(2, padding=2), OptionError, "at most half of what a window spans"),
        (lambda: nn.MaxPool2d(2, ceil="yes"), OptionError, "MaxPool2d ceil"),
        (lambda: nn.MaxPool3d(2)(X), ShapeError, "at least 3 axes"),
        (lambda: nn.AvgPool2d(2, 0), OptionError, "AvgPool2d stride"),
        (lambda: nn.AdaptiveAvgPool2d((1, 2, 3)), OptionError, "AdaptiveAvgPool2d outputs"),
        (lambda: nn.AdaptiveMaxPool1d(0), OptionError, "AdaptiveMaxPool1d outputs"),
        (lambda: nn.AdaptiveMaxPool1d(2)(np.ones((3, 0))), ShapeError, "entries in each"),
        (lambda: nn.Flatten(2)(X), ShapeError, "inputs with axes from 2 to -1"),
        (lambda: nn.Flatten(0.5), OptionError, "Flatten start"),
        (lambda: nn.GroupNorm(3, 4), OptionError, "GroupNorm groups.*3 for 4 channels"),
        (lambda: nn.GroupNorm(2, 6)(IMAGE), ShapeError, r"\(B, 6, …\)"),
        (lambda: nn.InstanceNorm(4)(X), ShapeError, r"\(B, 4, N …\)"),
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
    "Conv1d": (4, 3, 2),
    "ConvTranspose1d": (4, 3, 2),
    "MaxPool1d": (2, 1, 0),
    "AvgPool1d": (2, 1, 0),
    "AdaptiveAvgPool1d": (2,),
    "AdaptiveMaxPool1d": (2,),
    "Flatten": (1, -1),
    "GroupNorm": (2, 4),
    "InstanceNorm": (4,),
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
