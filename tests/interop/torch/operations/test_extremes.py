"""Positions of extremes in converted modules, against NumPy: PyTorch itself is not needed."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import ops
from chainrule.engine.compiled_evaluator import CompiledEvaluator
from chainrule.interop.torch.operations import reductions

KINDS = ["uint8", "uint16", "uint32", "uint64", "int8", "int64", "bool", "float32", "float64"]


def entries(dtype: str) -> np.ndarray:
    """Ties, zeros, and both ends of what the dtype holds, which a change of sign would wrap."""
    rng = np.random.default_rng(3)
    if dtype == "bool":
        return rng.integers(0, 2, (5, 7)).astype(bool)
    if dtype.startswith("float"):
        return rng.integers(-3, 3, (5, 7)).astype(dtype)
    info = np.iinfo(dtype)
    return rng.choice(np.array([info.min, info.max, 0, 1, 5], dtype), (5, 7))


@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("name", ["argmin", "argmax"])
@pytest.mark.parametrize("axis", [None, 0, -1])
def test_the_first_extreme(dtype: str, name: str, axis: int | None):
    x = entries(dtype)
    expected = getattr(np, name)(x, axis=axis)
    found = getattr(reductions, name)(ops.stop_gradient(x), axis)
    np.testing.assert_array_equal(found.value, expected)
    kept = getattr(reductions, name)(ops.stop_gradient(x), axis, True)
    np.testing.assert_array_equal(kept.value, getattr(np, name)(x, axis=axis, keepdims=True))
    if axis is None:
        return
    pair = getattr(reductions, name.removeprefix("arg"))(ops.stop_gradient(x), axis)
    np.testing.assert_array_equal(pair[1].value, expected)
    np.testing.assert_array_equal(pair[0].value, getattr(np, name.removeprefix("arg"))(x, axis))


@pytest.mark.parametrize("name", ["argmin", "argmax"])
def test_nan_is_the_extreme_of_its_row(name: str):
    """As in NumPy and PyTorch; no position is beyond the end."""
    x = np.array([[1.0, np.nan, -2.0], [np.nan, np.nan, 0.0], [3.0, 3.0, 3.0]])
    for axis in (0, 1, None):
        found = getattr(reductions, name)(ops.stop_gradient(x), axis)
        np.testing.assert_array_equal(found.value, getattr(np, name)(x, axis=axis))


def test_the_only_entry_of_an_array_without_axes():
    for name in ("argmin", "argmax"):
        for axis in (None, 0, -1):
            assert getattr(reductions, name)(ops.stop_gradient(2.0), axis).item() == 0


@pytest.mark.parametrize("dtype", ["uint8", "int64"])
def test_the_engine_finds_them_too(dtype: str):
    x = entries(dtype)
    graph = ops.trace(lambda a: reductions.argmin(a, 1), ops.spec(x.shape, dtype))
    (found,) = CompiledEvaluator(graph)(x)
    np.testing.assert_array_equal(found, x.argmin(1))
