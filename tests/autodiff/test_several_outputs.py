"""Operations with several outputs: one application, one pull-back, whichever outputs are used."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import chainrule as cr
from chainrule.autodiff.reverse import adjoints
from chainrule.engine.interpreter.runner import Runner
from chainrule.errors import GraphError, OptionError
from chainrule.explain import explain
from chainrule.graph import Evaluator, Graph, verify
from chainrule.ops.define import apply_all, primitive
from chainrule.ops.registry import PRIMITIVES
from chainrule.ops.tensor import constant, lift
from chainrule.program import plan

MATRIX = np.array([[1.0, 2.0], [-0.5, 3.0]])


@pytest.fixture
def ratio_and_product():
    """The primitive (x, y) ↦ (x/y, x·y, y > 0), and a list of the cotangents it was given."""
    given = []

    def pullback(cotangents, outputs, inputs, wanted, scale):
        given.append([None if g is None else g.value.copy() for g in cotangents])
        (r, p, _), (x, y) = cotangents, inputs
        found = {}
        if 0 in wanted:
            parts = [r / y * scale if r is not None else 0.0, p * y if p is not None else 0.0]
            found[0] = cr.add(*parts)
        if 1 in wanted:
            parts = [-r * x / y**2 * scale if r is not None else 0.0, p * x if p is not None else 0]
            found[1] = cr.add(*parts)
        return found

    created = primitive(
        "ratio_and_product",
        lambda x, y, scale: (scale * x / y, x * y, y > 0),
        shape=lambda x, y, scale: (x, x, x._replace(dtype=np.dtype(bool))),
        pullback=pullback,
        notation=lambda x, y, scale: (scale * x / y, x * y, x),
    )
    yield created, given
    del PRIMITIVES[created.name]


def test_the_pull_back_runs_once_for_all_outputs(ratio_and_product):
    created, given = ratio_and_product
    x, y = cr.variables(x=3.0, y=2.0)
    ratio, product, _ = apply_all(created, x, y, scale=2.0)
    gradients = (ratio * 5.0 + product * ratio).gradients()
    assert given == [[11.0, 3.0, None]]
    np.testing.assert_allclose([gradients[x].value, gradients[y].value], [17.0, -7.5])


def test_an_output_that_nothing_depends_on_has_no_cotangent(ratio_and_product):
    created, given = ratio_and_product
    x, y = cr.variables(x=3.0, y=2.0)
    product = apply_all(created, x, y, scale=1.0)[1]
    assert product.gradients()[y].value == 3.0
    assert given == [[None, 1.0, None]]


def test_differentiating_with_respect_to_one_output(ratio_and_product):
    """The others still depend on the inputs, but not on it."""
    created, _ = ratio_and_product
    x, y = cr.variables(x=3.0, y=2.0)
    ratio, product, _ = apply_all(created, x, y, scale=1.0)
    out = ratio * product
    for sibling, expected in ((ratio, 3.0 / 2.0 * 2.0), (product, 6.0 / 2.0)):
        reached = adjoints(out, constant(1.0), [sibling.node, x.node])
        np.testing.assert_allclose(reached[x.node].value, expected)
        other = product if sibling is ratio else ratio
        np.testing.assert_allclose(reached[sibling.node].value, other.value)


def test_second_derivatives_are_those_of_finite_differences(ratio_and_product):
    created, _ = ratio_and_product

    def function(*args):
        ratio, product, positive = apply_all(created, *map(lift, args), scale=1.5)
        return ratio * cr.sin(product) * positive.astype(float)

    assert cr.check_grad(function, np.array([0.5, -1.5]), np.array([2.0, 0.7])) < 1e-6


def test_the_graph_prints_all_outputs_on_one_line(ratio_and_product):
    created, _ = ratio_and_product
    graph = cr.trace(lambda x, y: apply_all(created, x, y, scale=1.0)[1:], 1.0, 2.0)
    assert str(graph) == (
        "graph (x0: f64[], x1: f64[])\n"
        "  _, v0, v1: f64[], f64[], bool[] = ratio_and_product x0 x1 scale=1.0\n"
        "return v0, v1"
    )
    x = cr.variable(MATRIX, "x")
    sign, log = cr.slogdet(x)
    text = str((sign.named("s") * log).graph())
    assert "  s, v0: f64[], f64[] = slogdet x  # 1., 1.386294\n" in text
    assert "slogdet" in (sign * log).graph()._repr_html_()


def test_the_evaluator_and_a_program_compute_every_output(ratio_and_product):
    created, _ = ratio_and_product

    def function(x, y):
        ratio, product, positive = apply_all(created, x * 2.0, y, scale=1.0)
        return product + 1.0, cr.where(positive, ratio, 7.0), product

    graph = verify(cr.trace(function, cr.spec(2), cr.spec(2)))
    args = np.array([1.0, 2.0]), np.array([4.0, -5.0])
    expected = [[9.0, -19.0], [0.5, 7.0], [8.0, -20.0]]
    np.testing.assert_allclose(Evaluator(graph)(*args), expected)
    groups = dict.fromkeys(graph.inputs, "input")
    outputs = [(name, "output") for name in "abc"]
    program = plan(graph, np.dtype(float), groups=groups, outputs=outputs)
    np.testing.assert_allclose(Runner(program)(*args), expected)
    assert [i.op for i in program.instructions].count("call") == 1


def test_the_checker_compares_each_output_with_its_own_rule(ratio_and_product):
    created, _ = ratio_and_product
    x, y = cr.variables(x=3.0, y=2.0)
    graph = apply_all(created, x, y, scale=1.0)[2].graph()
    verify(graph)
    graph.outputs[0].spec = x.spec
    graph.outputs[0].value = np.ones(())
    with pytest.raises(GraphError, match=r"expected bool\[\] by the rule of ratio_and_product"):
        verify(graph)


def test_an_input_of_a_graph_may_be_one_of_the_outputs(ratio_and_product):
    created, _ = ratio_and_product
    x, y = cr.variables(x=3.0, y=2.0)
    ratio, product, _ = apply_all(created, x, y, scale=1.0)
    graph = verify(Graph.of([(ratio * product).node], [x.node, y.node, ratio.node]))
    assert Evaluator(graph)(3.0, 2.0, 100.0) == [600.0]


def test_the_explanation_of_a_determinant_adds_up():
    x = cr.variable(MATRIX, "x")
    sign, log = cr.slogdet(x)
    out = (sign * 3.0 + log).named("f")
    text = str(explain(out))
    expected = jax.grad(lambda a: 3.0 * jnp.linalg.slogdet(a)[0] + jnp.linalg.slogdet(a)[1])(MATRIX)
    np.testing.assert_allclose(out.gradients()["x"].value, expected)
    for value in np.ravel(expected):
        assert f"{value:g}" in text


def test_numpy_records_it():
    sign, log = np.linalg.slogdet(cr.variable(MATRIX))
    assert (sign.item(), log.item()) == pytest.approx(tuple(np.linalg.slogdet(MATRIX)))
    with pytest.raises(cr.ChainruleError, match="the last two axes equally long"):
        cr.slogdet(np.ones((2, 3)))


def test_a_primitive_has_one_kind_of_rule():
    rules = {"vjp": (None,), "pullback": lambda *args: {}}
    for given, words in (({}, "neither"), (rules, "both")):
        with pytest.raises(OptionError, match=words):
            primitive("nothing", np.sin, shape=lambda x: x, **given)


def test_replay_records_again():
    def function(x, y):
        sign, log = cr.slogdet(x)
        return (sign * log * y).named("product"), constant(2.0) * 3.0, y

    graph = cr.trace(function, cr.spec((2, 2)), 1.0)
    x = cr.variable(MATRIX, "x")
    product, six, same = cr.replay(graph, x, 5.0)
    assert product.item() == pytest.approx(5.0 * np.log(4.0))
    assert (product.name, six.item(), same.item()) == ("product", 6.0, 5.0)
    np.testing.assert_allclose(
        product.gradients()["x"].value, 5.0 * np.linalg.inv(MATRIX).T, rtol=1e-12
    )
    traced = cr.trace(lambda x: cr.replay(graph, x, 2.0)[0], cr.spec((2, 2)))
    assert Evaluator(traced)(MATRIX)[0] == pytest.approx(2.0 * np.log(4.0))
    log = next(node for node in graph.nodes if node.kind == "slogdet" and node.index == 1)
    known = {log: constant(10.0)}
    assert cr.replay(graph, x, 5.0, known=known)[0].item() == 50.0
    with pytest.raises(cr.ChainruleError, match="expected 2 inputs, got 1"):
        cr.replay(graph, x)


def test_graphs_are_compared_by_identity_and_shown_shortly():
    graph = cr.trace(lambda x: x * x, 1.0)
    assert graph == graph
    assert graph != dataclasses.replace(graph)
    assert len({graph, graph}) == 1
    assert repr(graph) == "<graph of 1 inputs and 2 nodes>"
    assert graph.consumers() is graph.consumers()
