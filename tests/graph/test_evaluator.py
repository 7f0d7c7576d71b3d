"""The reference evaluator runs a graph on new numbers."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ShapeError
from chainrule.graph import Evaluator, Graph


def test_runs_again_and_again():
    run = Evaluator(cr.trace(lambda x, w: (cr.tanh(w @ x), cr.sum(x)), cr.spec(3), cr.spec((2, 3))))
    rng = np.random.default_rng(0)
    for _ in range(3):
        x, w = rng.normal(size=3), rng.normal(size=(2, 3))
        first, second = run(x, w)
        np.testing.assert_array_equal(first, np.tanh(w @ x))
        assert second == x.sum()


def test_an_eager_graph_runs_on_new_values():
    x, y = cr.variables(x=2.0, y=3.0)
    graph = (x * y + y).graph()
    assert Evaluator(graph)(10.0, 0.5) == [5.5]
    assert float((x * y + y).value) == 9.0


def test_an_intermediate_node_can_be_an_input():
    x = cr.variable(2.0, "x")
    h = x * x
    out = cr.exp(h) + h
    (found,) = Evaluator(Graph.of([out.node], [h.node]))(1.0)
    assert found == pytest.approx(np.e + 1)


def test_nodes_that_depend_on_no_input_are_computed_once():
    calls = []

    def costly(x):
        table = cr.exp(np.array([1.0, 2.0]))
        calls.append(1)
        return x * table

    run = Evaluator(cr.trace(costly, 1.0))
    np.testing.assert_array_equal(run(2.0)[0], 2 * np.exp([1.0, 2.0]))
    run(3.0)
    assert len(calls) == 1


def test_an_input_that_nothing_reads_and_an_output_that_is_an_input():
    run = Evaluator(cr.trace(lambda x, y: y, 1.0, cr.spec(2)))
    np.testing.assert_array_equal(run(5.0, [1.0, 2.0])[0], [1.0, 2.0])


def test_numbers_become_the_dtype_of_the_input():
    run = Evaluator(cr.trace(lambda x: x * 2, cr.spec(2, np.float32)))
    assert run([1, 2])[0].dtype == np.float32


@pytest.mark.parametrize(
    ("values", "words"), [((1.0,), "2 inputs"), ((1.0, [1.0]), "shape (2,)"), ((), "2 inputs")]
)
def test_wrong_inputs_are_refused(values, words):
    run = Evaluator(cr.trace(lambda x, y: x * y, 1.0, cr.spec(2)))
    with pytest.raises(ShapeError) as caught:
        run(*values)
    assert words in str(caught.value)


def test_infinities_are_values_not_warnings():
    (found,) = Evaluator(cr.trace(lambda x: 1 / x, 1.0))(0.0)
    assert found == np.inf
