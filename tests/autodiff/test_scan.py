"""`scan` has JAX's meaning: values, gradients of any order, trees, directions, errors."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import chainrule as cr
from autodiff.programs import QUICK
from chainrule.engine.interpreter.runner import Runner
from chainrule.errors import ShapeError
from chainrule.graph import Evaluator, Graph, verify
from chainrule.ops.tensor import lift
from chainrule.program import plan

jax.config.update("jax_enable_x64", True)

RNG = np.random.default_rng(0)
W, H, X = RNG.normal(size=(3, 3)) * 0.5, RNG.normal(size=3), RNG.normal(size=(5, 3))


def recurrent(np_, scan, reverse):
    """A recurrence with a weight from outside, a tree of carries, and a tree of outputs."""

    def function(w, h, x):
        scaled = w * 2.0

        def body(carry, x):
            h, total = carry["h"], carry["total"][0]
            new = np_.tanh(scaled @ h + x["x"] * w[0])
            return {"h": new, "total": [total + np_.sum(h * x["x"])]}, (new * x["x"], None, total)

        start = {"h": h, "total": [np_.sum(h)]}
        carry, (y, nothing, totals) = scan(body, start, {"x": x}, reverse=reverse)
        assert nothing is None
        return np_.sum(carry["h"] ** 2) + carry["total"][0] + np_.sum(y * y) + np_.sum(totals**2)

    return function


OURS = {reverse: recurrent(np, cr.scan, reverse) for reverse in (False, True)}
JAX = {reverse: recurrent(jnp, jax.lax.scan, reverse) for reverse in (False, True)}


@pytest.mark.parametrize("reverse", [False, True])
def test_value_and_gradients_are_those_of_jax(reverse):
    value, gradients = cr.value_and_grad(OURS[reverse], (0, 1, 2))(W, H, X)
    expected, answers = jax.value_and_grad(JAX[reverse], (0, 1, 2))(W, H, X)
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    for found, answer in zip(gradients, answers, strict=True):
        np.testing.assert_allclose(found, answer, rtol=1e-10)


@pytest.mark.parametrize("reverse", [False, True])
def test_second_derivatives_are_those_of_jax(reverse):
    hessian = jax.jit(jax.hessian(JAX[reverse], (0, 1, 2)), compiler_options=QUICK)
    expected = hessian(W, H, X)
    for argnum in range(3):
        found = cr.hessian(OURS[reverse], argnum)(W, H, X)
        np.testing.assert_allclose(found, expected[argnum][argnum], rtol=1e-9, atol=1e-11)


def test_mixed_and_third_derivatives():
    def mixed(w, scan, grad):
        def body(c, x):
            return c * w + x, c * c

        def inner(x):
            carry, ys = scan(body, x[0], x)
            return carry**2 * ys[2]

        return (grad(inner)(np.array([0.5, 1.5, -1.0])) ** 2)[1]

    found = cr.grad(cr.grad(lambda w: mixed(w, cr.scan, cr.grad)))(0.7)
    expected = jax.grad(jax.grad(lambda w: mixed(w, jax.lax.scan, jax.grad)))(0.7)
    np.testing.assert_allclose(found, expected, rtol=1e-11)


def test_without_xs_the_length_is_given():
    carry, ys = cr.scan(lambda c, x: (c * 2.0, c if x is None else x), 1.0, length=4)
    assert (carry.item(), ys.value.tolist()) == (16.0, [1.0, 2.0, 4.0, 8.0])
    carry, ys = cr.scan(lambda c, x: (c * 2.0, c), cr.variable(1.0, "c"), length=0)
    assert (carry.item(), ys.shape) == (1.0, (0,))
    assert (carry * 3.0 + cr.sum(ys)).gradients()["c"].item() == 3.0


def test_integers_are_carried_but_not_differentiated():
    def function(x, scan, np_):
        def body(carry, t):
            n, total = carry
            return (n + 1, total * x + t), n

        (n, total), ns = scan(body, (np_.asarray(0), x * 1.0), np_.asarray([1.0, 2.0, 3.0]))
        return total * n * ns[1]

    found = cr.value_and_grad(lambda x: function(x, cr.scan, np))(2.0)
    expected = jax.value_and_grad(lambda x: function(x, jax.lax.scan, jnp))(2.0)
    np.testing.assert_allclose(found, expected)


def test_a_scan_in_a_scan():
    def function(x, scan, np_):
        def outer(c, row):
            inner, ys = scan(lambda d, e: (d * e + c, d), c, row)
            return inner, np_.sum(ys * row)

        carry, ys = scan(outer, x[0, 0], x)
        return carry * np_.sum(ys)

    x = X[:3]
    found = cr.grad(lambda x: function(x, cr.scan, np))(x)
    np.testing.assert_allclose(found, jax.grad(lambda x: function(x, jax.lax.scan, jnp))(x))
    graph = cr.trace(lambda x: function(x, cr.scan, np), cr.spec(x.shape))
    flat = verify(cr.inline(graph))
    assert {node.kind for node in graph.nodes} >= {"scan"}
    assert "scan" not in {node.kind for node in flat.nodes}
    np.testing.assert_allclose(Evaluator(flat)(x), Evaluator(graph)(x), rtol=1e-12)


def test_float32_stays_float32():
    x = X.astype(np.float32)
    value, pull = cr.vjp(lambda x: cr.scan(lambda c, x: (c + x, c * x), x[0] * 0, x)[1], x)
    assert value.dtype == pull(value)[0].dtype == np.float32


def test_it_is_one_operation_that_prints_with_its_body():
    w = cr.variable(2.0, "w")
    graph = cr.scan(lambda c, x: (c * w, x), 1.0, np.arange(2.0))[0].graph()
    assert str(verify(graph)) == (
        "graph (w: f64[]  # 2.)\n"
        "  c1: f64[2] = constant  # [0., 1.]\n"
        "  v0, _: f64[], f64[2] = scan w 1 c1 consts=1 carries=1 length=2 reverse=False  # 4.\n"
        "    graph (w: f64[]  # 2., x0: f64[], x1: f64[])\n"
        "      v0: f64[] = mul x0 w\n"
        "    return v0, x1\n"
        "return v0"
    )


def test_the_record_and_its_gradient_do_not_grow_with_the_length():
    sizes = []
    for length in (10, 1000):
        graph = cr.trace(cr.grad(OURS[False], (0, 1, 2)), W, H, cr.spec((length, 3)))
        sizes.append(len(verify(graph).nodes))
    assert sizes[0] == sizes[1] <= 60


def test_a_program_computes_it():
    def flat(*args):
        value, gradients = cr.value_and_grad(OURS[True], (0, 2))(*args)
        return value, *gradients

    graph = cr.trace(flat, W, H, X)
    groups = dict.fromkeys(graph.inputs, "input")
    outputs = [(f"o{i}", "output") for i in range(3)]
    program = plan(graph, np.dtype(float), groups=groups, outputs=outputs)
    for found, expected in zip(Runner(program)(W, H, X), Evaluator(graph)(W, H, X), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_an_explanation_shows_each_step():
    c, x = cr.variable(2.0, "c"), cr.variable([3.0, 5.0], "x")
    text = str(cr.explain(cr.scan(lambda c, x: (c * x, c), c, x)[0].named("f"), wrt="c"))
    assert "∂f/∂c = 15" in text
    assert "c·v0 = 2·3 = 6" in text
    assert "= 6·5 = 30" in text


def test_a_carry_keeps_its_form():
    with pytest.raises(ShapeError, match=r"scan: expected a carry like .* f64\[3\], got f64\[\]"):
        cr.scan(lambda c, x: (cr.sum(c), x), H, X)
    with pytest.raises(ShapeError, match="a carry like"):
        cr.scan(lambda c, x: ((c, c), x), H, X)
    with pytest.raises(ShapeError, match=r"xs that agree .* shapes \(5, 3\), \(3,\)"):
        cr.scan(lambda c, x: (c, x), 1.0, (X, H))
    with pytest.raises(ShapeError, match="or a length, got shapes of nothing and length=None"):
        cr.scan(lambda c, x: (c, x), 1.0)


def test_an_error_in_the_body_names_its_line():
    def body(c, x):
        return c @ x, c  # the line that is named

    with pytest.raises(ShapeError) as caught:
        cr.scan(body, H, np.ones((4, 2)))
    line = body.__code__.co_firstlineno + 1
    assert caught.value.__notes__ == [
        f"while the body of scan was recorded: {__file__}, line {line}"
    ]


def test_an_error_that_depends_on_numbers_names_line_and_step():
    table = cr.variable([1.0, 2.0, 3.0])

    def body(c, i):
        return c + table[i], c

    with pytest.raises(cr.ChainruleError) as caught:
        cr.scan(body, 0.0, np.array([0, 2, 7]))
    line = body.__code__.co_firstlineno + 1
    assert caught.value.__notes__ == [f"in step 2 of scan: {__file__}, line {line}"]


def test_what_the_body_reads_from_outside_is_named_and_differentiated():
    w = cr.variable(2.0, "w")
    constant = lift(3.0)
    carry, _ = cr.scan(lambda c, _: (c * w * constant, c), 1.0, length=3)
    assert carry.gradients()["w"].item() == 3 * 4.0 * 27.0
    assert Graph.of([carry.node]).inputs == (w.node,)
