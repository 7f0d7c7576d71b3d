"""Which figures a run has."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from chainrule.nn import Dropout, Linear, ReLU, Sequential, mlp
from chainrule.train.data.load_dataset import load
from chainrule.train.figures.run_figures import activations, run_figures
from chainrule.train.loop.history import EpochRecord
from chainrule.train.options import RunOptions

HISTORY = [EpochRecord(1, 1, 0.5, 0.1, 1.0, gradient_norms={"layers.0": 1.0, "layers.2": 2.0})]


@pytest.mark.parametrize(
    ("columns", "target", "drawn"),
    [
        ("a,b,kind", "kind", True),
        ("a,b,price", "price", True),
        ("a,kind", "kind", False),
        ("a,b,sky,kind", "kind", False),
        ("sky,kind", "kind", False),  # one column, two inputs: no plane
        ("a,sky,price", "price", False),
    ],
)
def test_the_boundary_is_drawn_for_two_columns_of_numbers(
    tmp_path: Path, columns: str, target: str, drawn: bool
):
    random = np.random.default_rng(0)
    names = columns.split(",")
    words = {"kind": ["dog", "cat"], "sky": ["grey", "blue"]}
    rows = [
        ",".join(random.choice(words[n]) if n in words else f"{random.normal():.3f}" for n in names)
        for _ in range(60)
    ]
    (tmp_path / "data.csv").write_text("\n".join([columns, *rows]))
    data = load(RunOptions(str(tmp_path / "data.csv"), target=target))
    model = mlp(data.inputs, (3,), data.outputs)
    found = dict(run_figures(HISTORY, data, model, lambda x: model(x).value))
    assert ("boundary" in found) == drawn
    always = {"loss", "gradients", "gradient-flow", "activations"}
    of_classes = {"reliability"} if "kind" in names else set()
    assert set(found) - {"boundary"} == always | of_classes
    if drawn:
        axes = found["boundary"].axes[0]
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("a", "b")
        low, high = axes.get_xlim()  # in the units of the file
        values = [float(row.split(",")[0]) for row in rows]
        assert low < min(values[:40])
        assert high > max(values[:40])


def test_gradients_that_were_not_recorded_are_not_drawn():
    data = load(RunOptions("iris"))
    model = mlp(data.inputs, (3,), data.outputs)
    silent = [dataclasses.replace(HISTORY[0], gradient_norms={})]
    names = [name for name, _ in run_figures(silent, data, model, lambda x: model(x).value)]
    assert names == ["loss", "activations", "reliability"]


def test_activations_are_those_of_evaluation():
    inner = Sequential(Linear.of([[1.0, -1.0], [2.0, 0.0]], [0.0]), ReLU())
    model = Sequential(inner, Dropout(0.9), Linear.of([[1.0, 1.0]], [0.5]))
    found = activations(model, np.array([[1.0, 2.0], [3.0, 1.0]]))
    assert list(found) == ["a1, ReLU (layers.0.layers.1)", "z2, Linear (layers.2)"]
    np.testing.assert_array_equal(found["a1, ReLU (layers.0.layers.1)"], [[0, 2], [2, 6]])
    np.testing.assert_array_equal(found["z2, Linear (layers.2)"], [[2.5], [8.5]])
