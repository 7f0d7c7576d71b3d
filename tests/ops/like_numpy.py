"""Checks that NumPy's functions, given tensors, do what they do with arrays, and its gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.graph import Evaluator

CLOSE = {"rtol": 1e-12, "atol": 1e-12}


def parts_of(found: Any) -> list[np.ndarray]:
    """The arrays among the results, however they are nested."""
    if isinstance(found, (list, tuple)):
        return [part for one in found for part in parts_of(one)]
    return [np.asarray(found.value if isinstance(found, cr.Tensor) else found)]


def check_values(function: Callable[..., Any], *arrays: Any) -> None:
    """Values, shapes and dtypes are NumPy's."""
    expected = function(*arrays)
    found = function(*map(cr.variable, arrays))
    assert isinstance(found, type(expected) if isinstance(expected, (list, tuple)) else object)
    for one, other in zip(parts_of(found), parts_of(expected), strict=True):
        assert one.shape == other.shape
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, **CLOSE)


def check_linear(function: Callable[..., Any], *arrays: np.ndarray) -> None:
    """Values are NumPy's, and so is the pull-back: ⟨g, f(x) − f(0)⟩ = ⟨f*(g), x⟩ if f is affine.

    Traced on shapes alone, the function computes the same.
    """
    check_values(function, *arrays)

    def joined(*xs: Any) -> Any:
        found = function(*xs)
        several = isinstance(found, (list, tuple))
        return cr.concatenate([part.reshape(-1) for part in (found if several else [found])])

    value, pull = cr.vjp(joined, *arrays)
    zeros = [np.zeros_like(array) for array in arrays]
    moved = [np.ravel(part) for part in parts_of(function(*zeros))]
    g = np.random.default_rng(value.size).normal(size=value.shape)
    left = g @ (value - np.concatenate(moved))
    pulled = pull(g)
    right = sum(float(np.sum(p * x)) for p, x in zip(pulled, arrays, strict=True))
    np.testing.assert_allclose(right, left, rtol=1e-10, atol=1e-10)
    for gradient, array in zip(pulled, arrays, strict=True):
        assert (gradient.shape, gradient.dtype) == (array.shape, array.dtype)
    traced = Evaluator(cr.trace(joined, *map(_spec, arrays)))(*arrays)
    np.testing.assert_array_equal(traced[0], value)


def check_gradient(function: Callable[..., Any], *arrays: np.ndarray, order: int = 2) -> None:
    """Values are NumPy's, and derivatives agree with central differences."""
    check_values(function, *arrays)

    def total(*xs: Any) -> Any:
        found = function(*xs)
        parts = found if isinstance(found, (list, tuple)) else [found]
        return sum(((k + 1.0) * cr.sum(p * np.cos(np.arange(p.size)).reshape(p.shape))
                    for k, p in enumerate(parts)), cr.sum(xs[0] * 0.0))  # fmt: skip

    cr.check_grad(total, *arrays, order=order)


def _spec(array: np.ndarray) -> cr.Spec:
    return cr.spec(array.shape, array.dtype)
