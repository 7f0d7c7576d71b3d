"""Nested differentiations: each guards its own record while it runs."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import DifferentiationError

INNER: dict[str, Callable[[Any], Any]] = {
    "grad": lambda w: cr.grad(lambda x: w * x)(2.0),
    "value_and_grad": lambda w: cr.value_and_grad(lambda x: w * x)(2.0),
    "vjp": lambda w: cr.vjp(lambda x: w * x, 2.0)[1](1.0),
    "jacobian": lambda w: cr.jacobian(lambda x: w * x)(np.ones(2)),
    "hessian": lambda w: cr.hessian(lambda x: w * x**2)(2.0),
    "hvp": lambda w: cr.hvp(lambda x: w * x**2, 2.0, 1.0),
    "of the variable itself": lambda w: cr.grad(lambda x: x * x)(w),
    "deeper": lambda w: cr.grad(lambda x: cr.grad(lambda y: w * x * y)(1.0))(2.0),
    "unrelated": lambda w: cr.grad(lambda x: x * x)(2.0),
}


def failing(x: cr.Tensor) -> cr.Tensor:
    raise KeyError("ours")


def refuses(function: Callable[[cr.Tensor], Any], at: Any = 3.0) -> None:
    with pytest.raises(DifferentiationError, match="would lose the gradient"):
        cr.grad(function)(at)


@pytest.mark.parametrize("name", INNER)
def test_the_outer_variable_is_guarded_after_an_inner_differentiation(name):
    refuses(lambda w: (INNER[name](w), float(w) * w)[1])
    refuses(lambda w: (INNER[name](w), float(w * 2) * w)[1])


@pytest.mark.parametrize("name", INNER)
def test_a_result_computed_before_the_inner_one_is_guarded(name):
    def function(w: cr.Tensor) -> cr.Tensor:
        before = w * w
        INNER[name](before)
        return float(before) * w

    refuses(function)


def test_the_outer_variable_is_guarded_after_an_inner_one_that_failed():
    def function(w: cr.Tensor) -> cr.Tensor:
        with pytest.raises(KeyError, match="ours"):
            cr.grad(lambda x: failing(w * x))(2.0)
        return float(w) * w

    refuses(function)


def test_closures_and_generators_over_intermediate_results_are_guarded():
    def products(of: cr.Tensor) -> Iterator[cr.Tensor]:
        for k in range(3):
            yield cr.grad(lambda x, k: of * x * k)(1.0, k)

    def function(w: cr.Tensor) -> cr.Tensor:
        *_, last = products(w * w)
        return float(last) * w

    refuses(function)


def test_a_result_that_depends_on_the_outer_variable_is_guarded_by_the_outer():
    refuses(lambda w: float(cr.grad(lambda x: w * x)(2.0)) * w)
    refuses(lambda w: float(cr.grad(lambda x: x * x)(w)) * w)
    refuses(lambda w: float(cr.value_and_grad(lambda x: w * x)(2.0)[0]) * w)
    refuses(lambda w: np.asarray(cr.jacobian(lambda x: w * x)(np.ones(2))).sum() * w)


def test_a_result_independent_of_the_outer_variable_is_a_plain_number():
    def function(w: cr.Tensor) -> cr.Tensor:
        slope = cr.grad(lambda x: x * x)(2.0)
        assert isinstance(slope, float)
        return w * slope

    assert cr.grad(function)(3.0) == 4.0


def test_a_result_of_the_inner_differentiation_is_unguarded_after_it():
    def function(w: cr.Tensor) -> cr.Tensor:
        kept: list[cr.Tensor] = []
        cr.grad(lambda x: (kept.append(x * x), w * x)[1])(2.0)
        return w * float(kept[0])

    assert cr.grad(function)(3.0) == 4.0


@pytest.mark.parametrize("outcome", ["returned", "dropped", "failed"])
def test_nothing_is_guarded_after_the_outermost(outcome):
    kept: list[cr.Tensor] = []

    def function(w: cr.Tensor) -> cr.Tensor:
        kept.extend([w, w * 2])
        kept.append(cr.grad(lambda x: (kept.append(w * x), w * x * x)[1])(2.0))
        return {"returned": lambda: kept[-1], "dropped": lambda: w, "failed": lambda: failing(w)}[
            outcome
        ]()

    for differentiate in (cr.grad, cr.jacobian, cr.hessian):
        kept.clear()
        if outcome == "failed":
            with pytest.raises(KeyError, match="ours"):
                differentiate(function)(3.0)
        else:
            differentiate(function)(3.0)
        assert [float(tensor) for tensor in kept[:4]] == [3.0, 6.0, 6.0, 12.0]
        assert float(kept[0] * kept[1]) == 18.0


def test_levels_that_have_ended_are_dropped():
    w = cr.variable(1.0)
    for _ in range(5):
        w = w - 0.1 * cr.grad(lambda x: x * x)(w)
    assert len(w.node.levels) <= 1
    assert float(w) == pytest.approx(0.8**5)


def test_a_copied_tensor_is_unguarded_after_the_differentiation():
    kept: list[cr.Tensor] = []

    def function(w: cr.Tensor) -> cr.Tensor:
        copied = copy.deepcopy(w)
        kept.append(copied)
        with pytest.raises(DifferentiationError):
            float(copied)
        return w

    cr.grad(function)(3.0)
    assert float(kept[0]) == 3.0


OUTER = [3.0, np.float64(3.0), cr.variable(3.0), cr.sum(np.array([1.0, 2.0]))]


@pytest.mark.parametrize("at", OUTER, ids=["number", "NumPy", "variable", "constant"])
def test_the_outer_gradient_flows_through_the_inner_one_for_any_kind_of_argument(at):
    def through(inner: Callable[[cr.Tensor], Any]) -> float:
        return float(cr.grad(inner)(at))

    assert through(lambda w: cr.grad(lambda x: w * x)(2.0) * w) == 6.0
    assert through(lambda w: cr.grad(lambda x, scale: scale * x)(2.0, scale=w) * w) == 6.0
    assert through(lambda w: cr.jacobian(lambda x: w * x)(np.ones(2)).sum()) == 2.0
    assert through(lambda w: cr.hvp(lambda x: x**3, 2.0, w)) == 12.0
    assert through(lambda w: cr.vjp(lambda x: w * x, 2.0)[1](1.0)[0] * w) == 6.0


@pytest.mark.parametrize("at", OUTER, ids=["number", "NumPy", "variable", "constant"])
def test_the_pull_back_of_a_tensor_is_recorded(at):
    assert float(cr.grad(lambda g: cr.vjp(lambda x: x * x, 3.0)[1](g)[0])(at)) == 6.0
    pull = cr.vjp(lambda x: x * x, np.array([3.0, 4.0]))[1]
    assert float(cr.grad(lambda g: cr.sum(pull([g, 1.0])[0]))(at)) == 6.0
    cotangent = cr.variable([1.0, 2.0], "g")
    assert cr.sum(pull(cotangent)[0]).gradients()["g"].value.tolist() == [6.0, 8.0]


def test_threads_guard_their_own_differentiation():
    """Differentiations of two threads end independently."""
    began, go_on, found = threading.Event(), threading.Event(), dict[str, Any]()

    def other(w: cr.Tensor) -> None:
        def function(x: cr.Tensor) -> cr.Tensor:
            product = w * x
            began.set()
            assert go_on.wait(10)
            try:
                float(product)  # w's differentiation is over, x's is not
            except DifferentiationError as error:
                found["error"] = error
            found["w"] = float(w)
            return product

        found["slope"] = cr.grad(function)(2.0)

    threads: list[threading.Thread] = []

    def outer(w: cr.Tensor) -> cr.Tensor:
        threads.append(threading.Thread(target=other, args=(w,)))
        threads[0].start()
        assert began.wait(10)
        with pytest.raises(DifferentiationError):
            float(w)
        return w * w

    assert cr.grad(outer)(3.0) == 6.0
    go_on.set()
    threads[0].join()
    assert "error" in found
    assert found["w"] == 3.0
    assert float(found["slope"]) == 3.0


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda x: copy.deepcopy([x])[0]])
def test_gradients_flow_through_copies(copied):
    """A copy of the record was another leaf, with a gradient of 0 for the first one."""
    assert float(cr.grad(lambda x: copied(x) * x)(3.0)) == 6.0
    x = cr.variable(3.0, "x")
    assert copied(x * x).gradients() == {"x": pytest.approx(6.0)}


def test_a_copied_model_has_variables_of_its_own():
    model = cr.nn.mlp(2, (), 1, seed=1)
    other = copy.deepcopy(model)
    both = (model([1.0, 2.0]) * 2.0 + other([1.0, 2.0])).sum()
    weights = [m.parameters()["layers.0.weight"].named(n) for m, n in ((model, "a"), (other, "b"))]
    found = {name: gradient.value.tolist() for name, gradient in both.gradients().items()}
    assert [found[w.name] for w in weights] == [[[2.0, 4.0]], [[1.0, 2.0]]]
