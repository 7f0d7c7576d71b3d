"""The compiled kernel of standardize, against the same numbers in twice the precision."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.engine import Runner
from chainrule.graph import Evaluator
from engine.comparison import planned


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("axis", "shape"), [(0, (64, 37)), (0, (7, 3)), (-1, (5, 300)), (1, (2, 9, 5))]
)
@pytest.mark.parametrize("offset", [0.0, 1e4, -3e6])
def test_rounding_of_a_large_mean_cancels(offset, axis, shape, dtype):
    x = (offset + np.random.default_rng(1).normal(size=shape)).astype(dtype)
    weights = np.random.default_rng(2).normal(size=shape).astype(dtype)

    def results(x: cr.Tensor) -> list[cr.Tensor]:
        y = cr.standardize(x, axis, 1e-5)
        slopes = cr.grad(lambda x: cr.sum(cr.standardize(x, axis, 1e-5) * weights))(x)
        return [y, cr.var(x, axis), slopes]

    def alone(x: cr.Tensor) -> list[cr.Tensor]:
        return [cr.var(x, axis), cr.grad(lambda x: cr.sum(cr.var(x, axis)))(x)]

    centred = x.astype(np.longdouble)
    for _ in range(2):  # the mean is rounded here, too
        centred -= centred.mean(axis, keepdims=True)
    variance = np.mean(centred**2, axis, keepdims=True)
    spread = np.sqrt(variance + np.longdouble(dtype(1e-5)))
    y = centred / spread
    own = np.mean(weights * y, axis, keepdims=True)
    slopes = (
        weights - np.mean(weights, axis, keepdims=True, dtype=np.longdouble) - y * own
    ) / spread
    rows = shape[axis]
    expected = {
        results: [y, variance.squeeze(axis), slopes],
        alone: [variance.squeeze(axis), 2 * centred / rows],
    }
    for function, right in expected.items():
        graph = cr.trace(function, cr.spec(shape, dtype))
        program = planned(graph, dtype)
        for run in (Runner(program), Runner(program, often=True), Evaluator(graph)):
            for found, other in zip(run(x), right, strict=True):
                scale = np.maximum(abs(other), float(np.std(other.astype(float))) + 1e-300)
                assert np.max(abs(found - other) / scale) < 30 * np.finfo(dtype).eps


def test_a_column_of_one_number_is_zero():
    """Its mean may be rounded; what is left of it must not be taken for a spread."""
    x = np.full((49, 5), 0.1, np.float32)
    x[:, 1:] *= np.array([1, 3, 7e3, 1e7], np.float32)
    for axis, numbers in ((0, x), (1, x.T.copy())):
        graph = cr.trace(
            lambda x, axis=axis: [cr.standardize(x, axis, 1e-5), cr.var(x, axis)], numbers
        )
        for run in (Runner(planned(graph, np.float32)), Evaluator(graph)):
            standardized, variance = run(numbers)
            assert np.all(variance >= 0)
            assert np.max(abs(standardized)) < 1e-2
