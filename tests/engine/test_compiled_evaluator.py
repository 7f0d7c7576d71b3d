"""The compiled evaluator agrees with the reference evaluator."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.engine.compiled_evaluator import CompiledEvaluator
from chainrule.errors import GraphError, ShapeError
from chainrule.graph import Evaluator

RNG = np.random.default_rng(5)

FUNCTIONS = {
    "one number": (lambda x: cr.exp(x) * x, [()]),
    "several outputs": (lambda x, y: [x @ y, (x * 2).sum(), y.T], [(2, 3), (3, 4)]),
    "an input as output": (lambda x: [x, x + 1], [(3,)]),
    "constants": (lambda x: x * np.arange(3.0) + 0.5, [(2, 3)]),
    "calls of reference values": (lambda x: cr.exp(x[np.array([2, 0, 0])]), [(4, 2)]),
    "integers": (lambda x: [cr.astype(x > 0, np.int64), cr.sum(x > 0)], [(5,)]),
    "constant subgraph": (lambda x: [cr.exp(np.ones(2)) + 0 * x.sum()], [(2,)]),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_dtypes(name):
    function, shapes = FUNCTIONS[name]
    graph = cr.trace(function, *[cr.spec(shape) for shape in shapes])
    compiled, reference = CompiledEvaluator(graph), Evaluator(graph)
    first = None
    for _ in range(3):
        values = [RNG.normal(size=shape) for shape in shapes]
        found, expected = compiled(*values), reference(*values)
        for one, other in zip(found, expected, strict=True):
            assert (one.shape, one.dtype) == (other.shape, other.dtype)
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)
        first = first or (found, [array.copy() for array in found])
    for array, copied in zip(*first, strict=True):  # later calls have not overwritten it
        np.testing.assert_array_equal(array, copied)


def test_wrong_inputs_are_refused():
    run = CompiledEvaluator(cr.trace(lambda x: x * 2, cr.spec(3)))
    with pytest.raises(ShapeError, match=r"expected shape \(3,\), got \(2,\)"):
        run(np.ones(2))
    with pytest.raises(ShapeError, match="expected 1 inputs, got 2"):
        run(np.ones(3), np.ones(3))
    wide = cr.trace(lambda x: x.astype(np.float64) + 1.0, cr.spec(2, np.float32))
    with pytest.raises(GraphError, match="one floating dtype"):
        CompiledEvaluator(wide)


def test_two_precisions_in_one_graph():
    """float64 is computed by kernels, and float32 by calls, with its own rounding."""

    def function(x, y):
        narrow = cr.exp(x * 3.0) / 7.0
        return [narrow, cr.transpose(narrow), narrow.astype(np.float64) + y, x * y, x > y]

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(3, 4)).astype(np.float32), rng.normal(size=(3, 4))
    graph = cr.trace(function, x, y)
    for found, expected in zip(CompiledEvaluator(graph)(x, y), Evaluator(graph)(x, y), strict=True):
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
