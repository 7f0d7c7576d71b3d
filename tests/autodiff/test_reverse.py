"""`gradients()` and `adjoints` of recorded computations."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import chainrule as cr
from chainrule.autodiff import adjoints
from chainrule.errors import DifferentiationError, NoValueError, UnknownNameError
from chainrule.graph import Evaluator, Graph, verify

DEEP = 20_000


def test_by_name_and_by_tensor():
    x, y, z = cr.variables(x=-2, y=5, z=-4)
    gradients = ((x + y) * z).gradients()
    assert list(gradients) == ["x", "y", "z"]
    assert [float(gradients[name]) for name in "xyz"] == [-4.0, -4.0, 3.0]
    assert float(gradients[z]) == 3.0
    assert len(gradients) == 3
    assert "x" in gradients
    assert x in gradients
    assert "w" not in gradients


class NotSearched(tuple):
    """Nodes that may be iterated over, but not searched: that takes time for each of them."""

    def __contains__(self, node):
        raise AssertionError("searched a sequence of nodes")


def test_time_does_not_grow_with_variables_times_nodes():
    x, y = cr.variables(x=2.0, y=3.0)
    output = cr.exp(x) * y
    seed = cr.ops.tensor.constant(np.ones(()))
    found = adjoints(output, seed, NotSearched([x.node, y.node]))
    assert found[y.node].item() == pytest.approx(np.exp(2.0))
    graph = output.graph()
    graph = Graph(NotSearched(graph.inputs), graph.outputs, graph.nodes)
    assert [node.label for node, _ in graph.consumers()[y.node]] == [output.node.label]
    assert str(graph) == str(output.graph())


def test_nothing_accumulates():
    x = cr.variable([1.0, 2.0], "x")
    out = cr.sum(x * x)
    for _ in range(3):
        np.testing.assert_array_equal(out.gradients()["x"].value, [2.0, 4.0])
    before = str(out.graph())
    out.gradients()
    assert str(out.graph()) == before


def test_forks_are_summed():
    x = cr.variable(3.0, "x")
    square = x * x
    assert float((square * square + square + x).gradients()["x"]) == 4 * 27 + 6 + 1


def test_a_leaf_that_no_gradient_reaches_has_zero():
    x, w = cr.variable([1.0, -2.0], "x"), cr.variable(np.ones((2, 2)), "w")
    gradients = cr.sum(cr.step(x) @ w).gradients()
    np.testing.assert_array_equal(gradients["x"].value, [0.0, 0.0])
    np.testing.assert_array_equal(gradients["w"].value, [[1.0, 1.0], [0.0, 0.0]])


def test_the_gradient_of_a_leaf_is_one():
    x = cr.variable(7.0, "x")
    assert float(x.gradients()["x"]) == 1.0


def test_unnamed_and_doubly_named_leaves():
    a, b, c = cr.variable(2.0), cr.variable(3.0, "x0"), cr.variable(5.0, "x0")
    gradients = (a * b * c).gradients()
    assert len(gradients) == len(list(gradients)) == 3
    assert [float(gradients[leaf]) for leaf in (a, b, c)] == [15.0, 10.0, 6.0]
    assert float(gradients["x0"]) == 10.0
    assert sorted(float(gradient) for gradient in gradients.values()) == [6.0, 10.0, 15.0]


def test_an_unknown_name_suggests_a_known_one():
    x = cr.variable(1.0, "weight")
    with pytest.raises(UnknownNameError, match="did you mean weight"):
        (x * x).gradients()["wieght"]


def test_a_variable_the_output_does_not_depend_on_has_gradient_zero():
    x, y = cr.variables(x=1.0, y=[1.0, 2.0])
    assert (x * x).gradients()[y].value.tolist() == [0.0, 0.0]
    slope = (3 * x).gradients()[x]
    assert slope.gradients()[x].item() == 0.0


@pytest.mark.parametrize(
    "output",
    [
        cr.variable([1.0, 2.0]) * 2,
        cr.variable(1.0) > 0,
        cr.variable([]).sum(axis=0, keepdims=True)[:0],
    ],
    ids=["vector", "boolean", "nothing"],
)
def test_only_one_floating_point_number_has_gradients(output):
    with pytest.raises(DifferentiationError, match="one floating-point number"):
        output.gradients()


def test_higher_orders():
    x = cr.variable(0.5, "x")
    found, t = cr.tanh(x), np.tanh(0.5)
    for expected in (1 - t**2, -2 * t * (1 - t**2), (6 * t**2 - 2) * (1 - t**2)):
        found = found.gradients()["x"]
        assert found.item() == pytest.approx(expected, abs=1e-14)


def test_adjoints_of_intermediate_nodes():
    x = cr.variable(2.0, "x")
    h = (x * x).named("h")
    out = cr.sin(h) * 3.0
    reached = adjoints(out, cr.variable(1.0), [x.node])
    assert float(reached[h.node]) == pytest.approx(3 * np.cos(4.0))
    assert float(reached[x.node]) == pytest.approx(3 * np.cos(4.0) * 4)


def test_single_precision_gradients():
    x = cr.variable(np.float32([1.0, 2.0]), "x")
    assert (x * 2 + 1).sum().gradients()["x"].dtype == np.float32


def test_threads_are_independent():
    found: dict[int, float] = {}

    def work(k: int) -> None:
        x = cr.variable(float(k), "x")
        out = x
        for _ in range(200):
            out = out * 1.0 + x * 0.5
        found[k] = float((out * x).gradients()["x"])

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # out = 101·x, so the gradient of out·x is 202·x
    assert found == {k: pytest.approx(202.0 * k) for k in range(8)}


def test_an_abstract_tensor_has_no_value():
    with pytest.raises(NoValueError, match=r"cr\.where"):
        cr.trace(lambda x: x if x > 0 else -x, 1.0)


@pytest.fixture
def small_stack() -> Iterator[ThreadPoolExecutor]:
    """A thread with 52 bytes of stack for each node of a deep chain."""
    before = threading.stack_size(1 << 20)
    try:
        with ThreadPoolExecutor(1) as thread:
            yield thread
    finally:
        threading.stack_size(before)


class TestADeepChain:
    """Nothing recurses: not recording, reading, differentiating, nor freeing a graph."""

    @staticmethod
    def chain(x: cr.Tensor) -> cr.Tensor:
        for _ in range(DEEP // 2):
            x = x * 1.00001 + 0.00001
        return x

    def eager_gradients_to_second_order(self):
        x = cr.variable(0.5, "x")
        out = self.chain(x)
        factor = 1.00001 ** (DEEP // 2)
        assert float(out.gradients()["x"]) == pytest.approx(factor, rel=1e-9)
        slope = (out * out).gradients()["x"]
        assert float(slope.gradients()["x"]) == pytest.approx(2 * factor**2, rel=1e-9)
        graph = verify(Graph.of([out.node]))
        assert len(graph.nodes) > DEEP
        del out, slope, graph
        gc.collect()  # frees the whole chain, link by link

    def test_eager_gradients_to_second_order(self, small_stack):
        small_stack.submit(self.eager_gradients_to_second_order).result()

    def test_traced_evaluated_and_printed(self, small_stack):
        small_stack.submit(self.traced_evaluated_and_printed).result()

    def traced_evaluated_and_printed(self):
        graph = cr.trace(cr.value_and_grad(self.chain), 0.5)
        value, slope = Evaluator(graph)(0.5)
        # the recurrence x ← a·x + b in closed form
        assert value == pytest.approx((0.5 + 1.0) * 1.00001 ** (DEEP // 2) - 1.0, rel=1e-9)
        assert slope == pytest.approx(1.00001 ** (DEEP // 2), rel=1e-9)
        lines = str(graph).splitlines()
        assert len(lines) > DEEP
        assert lines[-1].startswith("return v")
