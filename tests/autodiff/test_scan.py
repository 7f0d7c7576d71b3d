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
from engine.scans import SCANS

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


def products(np_, scan, **options):
    """Uses of weights: on both sides, several times, entry by entry, in a stack, as a result."""

    def function(w, v, x):
        double = 2.0 * w

        def body(c, x):
            y = w @ c + np_.transpose(w) @ np_.exp(-c * c)
            y = np_.sin(y * v) + double[0] @ x
            return np_.tanh(y) / (1.0 + v * v), (v, np_.stack([c, y]) @ w)

        c, (vs, ys) = scan(body, x[0], x, **options)
        return np_.sum(c * c) + np_.sum(vs * vs) + np_.sum(ys**3)

    return function


ARGUMENTS = W, H, RNG.normal(size=(4, 3, 3))


@pytest.mark.parametrize("recompute", [False, True])
def test_contributions_of_weights_are_those_of_jax(recompute):
    function = products(cr, cr.scan, recompute=recompute)
    found = cr.grad(function, (0, 1, 2))(*ARGUMENTS)
    answers = jax.grad(products(jnp, jax.lax.scan), (0, 1, 2))(*ARGUMENTS)
    for one, answer in zip(found, answers, strict=True):
        np.testing.assert_allclose(one, answer, rtol=1e-10, atol=1e-12)


def scans_of_gradient(**options):
    """The scans of the gradient of a recurrent network: forward, forward with history, back."""

    def function(w, u, b, h, x):
        _, states = cr.scan(
            lambda h, x: ((new := cr.tanh(x @ w + h @ u + b)), new), h, x, **options
        )
        return cr.sum(states * states)

    shapes = (4, 5), (5, 5), (5,), (3, 5), (6, 3, 4)
    graph = verify(cr.trace(cr.grad(function, (0, 1, 2)), *map(cr.spec, shapes)))
    return list({n.outputs: n for n in graph.nodes if n.kind == "scan"}.values()), graph


def kinds_within(graph):
    return {node.kind for node in graph.nodes if node not in graph.inputs}


def test_what_the_way_back_reads_is_kept_and_weights_are_not_carried():
    (_, history, back), graph = scans_of_gradient()
    # the state before, and the one after: the derivative of tanh
    assert [one.spec.shape for one in history.outputs] == [(3, 5), (6, 3, 5), (6, 3, 5)]
    assert back.params["carries"] == 1
    assert "tanh" not in kinds_within(back.params["body"])
    assert {"matmul", "sum"} <= {node.kind for node in graph.nodes}
    (product,) = (node for node in back.params["body"].nodes if node.kind == "matmul")
    assert product.spec.shape == (3, 5)


def test_recomputing_keeps_only_the_carry():
    (_, history, back), _ = scans_of_gradient(recompute=True)
    assert [one.spec.shape for one in history.outputs] == [(3, 5), (6, 3, 5)]
    assert "tanh" in kinds_within(back.params["body"])
    assert back.params["carries"] == 1


@pytest.mark.parametrize("recompute", [False, True])
def test_scans_of_a_gradient_recompute_as_the_scan_does(recompute):
    scans, _ = scans_of_gradient(recompute=recompute)
    assert [one.params.get("recompute", False) for one in scans] == [recompute] * 3


@pytest.mark.parametrize("name", ["network", "lstm", "gru", "transposing"])
def test_recomputing_changes_no_digit(name):
    function, args = SCANS[name].function, SCANS[name].arguments(np.float64)

    def recomputed(*args, **options):
        return scan(*args, **{**options, "recompute": True})

    everything = tuple(range(len(args)))
    expected = cr.grad(function, everything)(*args)
    scan = cr.scan
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cr, "scan", recomputed)
        found = cr.grad(SCANS[name].function, everything)(*args)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_cheap_values_are_computed_again():
    """Of the operations of this step, the way back needs results of exp and sin, and the carry."""

    def function(c, x):
        def body(c, x):
            y = cr.exp(c * x)
            z = (y + c) * (y - x) / (1.0 + y * y)
            return cr.sin(z) * cr.square(y), c

        return cr.sum(cr.scan(body, c, x)[0])

    graph = cr.trace(cr.grad(function, (0, 1)), np.ones(2), np.ones((3, 2)))
    scans = {n.outputs: n for n in graph.nodes if n.kind == "scan"}.values()
    history, back = list(scans)[-2:]
    assert not kinds_within(back.params["body"]) & {"exp", "sin"}
    kept = history.params["body"].outputs[1:]
    assert sorted(node.kind for node in kept) == ["constant_power", "cos", "exp", "sin", "variable"]


def test_recompute_is_a_truth_value():
    with pytest.raises(cr.ChainruleError, match="scan recompute"):
        cr.scan(lambda c, x: (c, x), 1.0, X, recompute="yes")  # pyright: ignore[reportArgumentType]


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
