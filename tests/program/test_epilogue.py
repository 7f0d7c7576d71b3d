"""Epilogues are fused exactly where no other instruction needs the product itself."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.engine.interpreter.runner import Runner
from chainrule.program import plan

X, W, B, G = cr.spec((5, 3)), cr.spec((3, 4)), cr.spec(4), cr.spec((5, 4))


def planned(function, *specs):
    graph = cr.trace(function, *specs)
    groups = dict.fromkeys(graph.inputs, "input")
    outputs = [(f"y{i}", "output") for i in range(len(graph.outputs))]
    return plan(graph, np.dtype(float), groups=groups, outputs=outputs)


def gated(x, w, g):
    return cr.where(cr.greater(g, 0.0), x @ w, 0.0)


def in_a_loop(function, *specs):
    """The opcodes of the body of a loop that computes `function` in each step."""
    program = planned(lambda *xs: cr.scan(lambda _, xs: ((), function(*xs)), (), xs)[1], *specs)
    rng = np.random.default_rng(0)
    values = [rng.normal(size=spec.shape) for spec in specs]
    expected = np.stack(
        [cr.ops.tensor.lift(function(*one)).value for one in zip(*values, strict=True)]
    )
    np.testing.assert_allclose(Runner(program)(*values)[0], expected, rtol=1e-13)
    (loop,) = (one.loop for one in program.instructions if one.loop is not None)
    return [one.op for one in loop.body]


def steps(spec):
    return cr.spec((3, *spec.shape))


@pytest.mark.parametrize(
    ("function", "specs", "ops"),
    [
        (lambda x, w, g: g + x @ w, (X, W, G), ["gemm"]),
        (lambda x, w, g: cr.relu(x @ w + g), (X, W, G), ["gemm"]),
        (lambda x, w, g: x @ w + g[::-1], (X, W, G), ["gemm", "fused"]),
        (
            lambda x, w, g: x @ w + cr.transpose(g),
            (X, W, cr.spec((4, 5))),
            ["load_step", "gemm", "elementwise", "store_step"],
        ),
        (lambda x, w, g: x @ w + g[:, :4], (X, W, cr.spec((5, 7))), ["gemm"]),
        (lambda x, w, b: x @ w + b, (X, W, B), ["gemm"]),
        (lambda x, w, b: x @ w + b, (X, W, cr.spec((5, 1))), ["gemm", "fused"]),
        (
            lambda x, w, g: cr.reshape(x @ w, (2, 10)) + g[:, :10],
            (X, W, cr.spec((2, 12))),
            ["gemm", "fused"],
        ),
        (lambda x, w: (y := x @ w) + y, (X, W), ["gemm", "fused"]),
        (lambda x, w, g: x @ w + cr.exp(g), (X, W, G), ["gemm", "fused"]),
    ],
)
def test_in_loops_sums_are_epilogues_too(function, specs, ops):
    assert in_a_loop(function, *map(steps, specs)) == ops


@pytest.mark.parametrize(
    ("function", "specs"),
    [
        (lambda x, w, b: x @ w + b, (X, W, B)),
        (lambda x, w, b: b + x @ w, (X, W, B)),
        (lambda x, w, b: cr.relu(x @ w + b), (X, W, B)),
        (lambda x, w: cr.relu(x @ w), (X, W)),
        (gated, (X, W, G)),
        (lambda x, w, b: cr.relu(x @ w + b), (cr.spec((1, 3)), W, B)),
    ],
)
def test_fused_epilogues(function, specs):
    program = planned(function, *specs)
    assert [i.op for i in program.instructions] == ["gemm"]
    rng = np.random.default_rng(0)
    values = [rng.normal(size=spec.shape) for spec in specs]
    expected = np.asarray(cr.ops.tensor.lift(function(*values)).value)
    np.testing.assert_allclose(Runner(program)(*values)[0], expected, rtol=1e-13)


@pytest.mark.parametrize(
    ("function", "specs"),
    [
        (
            lambda x, w, b: cr.relu(x @ w + b) + x @ w,
            (X, W, B),
        ),  # another instruction reads the product
        (lambda x, w: [x @ w, cr.relu(x @ w)], (X, W)),  # the product is an output
        (lambda x, w, b: x @ w + b, (X, W, cr.spec(1))),  # one bias for all columns
        (lambda x, w, b: x @ w + b, (X, W, cr.spec((5, 1)))),  # one for each row
        (
            lambda x, w, g: gated(x, w, cr.exp(g @ (x @ w).T @ g)),
            (X, W, G),
        ),  # the gate is computed later
        # broadcast: the result has more entries than the product
        (lambda x, w: cr.relu(cr.broadcast_to(x @ w, (5, 4))), (cr.spec((1, 3)), W)),
        (lambda x, w: cr.relu(cr.broadcast_to(x @ w, (5, 4))), (X, cr.spec((3, 1)))),
        (lambda x, w, b: cr.broadcast_to(x @ w, (5, 4)) + b, (cr.spec((1, 3)), W, B)),
    ],
)
def test_epilogues_that_are_not_fused(function, specs):
    program = planned(function, *specs)
    rng = np.random.default_rng(0)
    values = [rng.normal(size=spec.shape) / 4 for spec in specs]
    expected = function(*[cr.ops.tensor.constant(v) for v in values])
    for one, other in zip(
        Runner(program)(*values),
        expected if isinstance(expected, list) else [expected],
        strict=True,
    ):
        np.testing.assert_allclose(one, other.value, rtol=1e-12)
    assert len(program.instructions) > 1


def test_an_epilogue_is_listed():
    text = str(planned(lambda x, w, b: cr.relu(x @ w + b), X, W, B))
    assert "y0 += x2\n        y0 = relu y0" in text
