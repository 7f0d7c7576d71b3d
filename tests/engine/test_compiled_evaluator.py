"""The compiled evaluator agrees with the reference evaluator."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.engine.compiled_evaluator import CompiledEvaluator
from chainrule.errors import ShapeError
from chainrule.graph import Evaluator
from program.checker import check

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


def agree(graph, *args):
    """The program of an evaluator whose outputs are, bit for bit, those of the reference."""
    run = CompiledEvaluator(graph)
    check(run._runner.program)
    for found, expected in zip(run(*args), Evaluator(graph)(*args), strict=True):
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
    return run._runner.program


def test_two_precisions_in_one_graph():
    """float64 is computed by kernels, and float32 by calls, with its own rounding."""

    def function(x, y):
        narrow = cr.exp(x * 3.0) / 7.0
        return [narrow, cr.transpose(narrow), narrow.astype(np.float64) + y, x * y, x > y]

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(3, 4)).astype(np.float32), rng.normal(size=(3, 4))
    agree(cr.trace(function, x, y), x, y)


@pytest.mark.parametrize("own", [np.float64, np.float32])
def test_other_floats_are_converted_moved_and_joined_without_a_call(own):
    """Rounded to the other precision and back; a call's reason is its arithmetic."""
    other = np.float32 if own is np.float64 else np.float64

    def function(x):
        moved = (x * own(3.0)).astype(other)
        transposed = cr.transpose(moved)[::-1, 1:]
        joined = cr.concatenate([transposed, cr.reshape(moved, (4, 3))], 1)
        return [moved, joined, cr.pad(moved, 1), transposed.astype(own) - own(0.5)]

    x = np.random.default_rng(0).normal(size=(3, 4)).astype(own)
    program = agree(cr.trace(function, x), x)
    assert program.dtype == own
    assert str(program).splitlines()[0].endswith("no calls")
    assert {view.buffer.dtype.type for i in program.instructions for view in i.outputs} == {
        own,
        other,
    }
    program = agree(cr.trace(lambda x: x.astype(other) * other(1.1), x), x)
    (call,) = (i for i in program.instructions if i.op == "call")
    reason = f"no opcode for {np.dtype(other)} in a program of {np.dtype(own)}"
    assert call.attributes["reason"] == reason


def test_a_loop_rounds_its_carry_to_the_other_precision():
    def step(c, x):
        return (c * x).astype(np.float32).astype(np.float64), c.astype(np.float32)

    x = np.random.default_rng(0).normal(size=7)
    program = agree(cr.trace(lambda x: list(cr.scan(step, 1.0, x)), x), x)
    assert "call" not in str(program).replace("no calls", "")


def test_gradients_pass_through_both_precisions():
    def loss(x, w):
        return cr.sum((x @ w.astype(np.float32)).astype(np.float64) ** 2)

    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(3, 4)).astype(np.float32), rng.normal(size=(4, 2))
    agree(cr.trace(lambda x, w: list(cr.grad(loss, (0, 1))(x, w)), x, w), x, w)
