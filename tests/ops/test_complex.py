"""Every primitive either differentiates complex numbers as JAX does, or refuses them by name."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import OptionError
from chainrule.graph import Evaluator, Graph, verify
from chainrule.ops.registry import PRIMITIVES
from ops.case import one_of_each
from ops.cases_complex import CASES, Case
from ops.test_arguments import CALLS, answers

DIFFERENTIATED = [case for case in CASES if case.oracle and not case.flat]
CLOSE = {"rtol": 1e-10, "atol": 1e-12}
SINGLE = {"rtol": 1e-4, "atol": 1e-5}


@pytest.mark.parametrize("name", PRIMITIVES)
def test_every_primitive_has_a_case_or_refuses_complex_numbers(name):
    primitive = PRIMITIVES[name]
    if primitive.complex:
        assert any(case.primitive == name for case in CASES), (
            f"primitive {name!r} has no case: add one to tests/ops/cases_complex.py"
        )
        return
    operand = cr.variable(np.ones((2, 2)) * 1j, "z").node
    with pytest.raises(OptionError, match=f"^{name}: expected real numbers, got z of complex128"):
        primitive.specs((operand,), {})


@pytest.mark.parametrize("case", one_of_each(CASES), ids=str)
def test_value(case):
    found = case.function(*case.args)
    expected = np.asarray((case.oracle or case.value)(*map(jnp.asarray, case.args)))
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_allclose(found.value, expected, **CLOSE)
    nodes = [node for node in Graph.of([found.node]).nodes if node.kind == case.primitive]
    assert any(one.spec.dtype.kind == "c" for node in nodes for one in (node, *node.inputs))


@pytest.mark.parametrize("case", one_of_each(DIFFERENTIATED), ids=str)
def test_first_and_second_derivatives_are_jaxs(case):
    answers = _oracle(case)
    _, pull = cr.vjp(case.function, *case.args)
    for found, expected, point in zip(
        pull(answers["cotangent"]), answers["first"], case.args, strict=True
    ):
        assert (np.shape(found), np.asarray(found).dtype) == (
            np.shape(point),
            np.asarray(point).dtype,
        )
        np.testing.assert_allclose(found, expected, **_tolerance(case))

    def along(*points: Any) -> Any:
        _, pull = cr.vjp(case.function, *points)
        parts = zip(pull(answers["cotangent"]), answers["directions"], strict=True)
        return sum(cr.sum(cr.real(gradient * direction)) for gradient, direction in parts)

    found = cr.grad(along, tuple(range(len(case.args))))(*case.args)
    for one, expected in zip(found, answers["second"], strict=True):
        np.testing.assert_allclose(one, expected, **_tolerance(case))


@pytest.mark.parametrize("case", one_of_each(DIFFERENTIATED), ids=str)
def test_forward_mode_is_jaxs(case):
    directions = _oracle(case)["directions"]
    _, found = cr.jvp(case.function, case.args, directions)
    np.testing.assert_allclose(found, _oracle(case)["pushed"], **_tolerance(case))


@pytest.mark.parametrize("case", [case for case in CASES if not case.flat], ids=str)
def test_central_differences_in_both_directions(case):
    if case.function(*case.args).dtype != np.complex64 and max(map(np.size, case.args)) <= 6:
        cr.check_grad(case.function, *case.args, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("case", [case for case in CASES if case.flat], ids=str)
def test_no_gradient_flows_where_none_is_promised(case):
    def total(*args: Any) -> Any:
        found = case.function(*args)
        return cr.sum(cr.abs(found if found.dtype.kind == "c" else found.astype(float)))

    for gradient in cr.grad(total, tuple(range(len(case.args))))(*case.args):
        assert not np.any(gradient)


@pytest.mark.parametrize("case", one_of_each(CASES), ids=str)
def test_traced_with_shapes_alone_it_is_the_same(case):
    def both(*args: Any) -> list[Any]:
        value, pull = cr.vjp(case.function, *args)
        return [value, *([] if case.flat else pull(np.ones(value.shape)))]

    eager = both(*map(cr.variable, case.args))
    verify(Graph.of([tensor.node for tensor in eager]))
    graph = cr.trace(both, *case.args)
    for traced, tensor, number in zip(
        graph.outputs, eager, Evaluator(graph)(*case.args), strict=True
    ):
        assert traced.spec == tensor.spec
        np.testing.assert_array_equal(number, tensor.value)


@pytest.mark.parametrize("case", [case for case in CASES if not case.flat], ids=str)
def test_single_precision_stays_single(case):
    if case.primitive in ("astype", "put_add", "scan"):
        return  # these have a dtype of their own
    narrow = [
        np.asarray(arg, "complex64" if np.iscomplexobj(arg) else "float32") for arg in case.args
    ]
    value, pull = cr.vjp(case.function, *narrow)
    exact = case.function(*case.args)
    assert value.dtype.itemsize * 2 == exact.dtype.itemsize
    np.testing.assert_allclose(value, exact.value, **SINGLE)
    for gradient, point in zip(pull(np.ones(value.shape)), narrow, strict=True):
        assert gradient.dtype == point.dtype


@pytest.mark.parametrize("name", CALLS)
def test_other_functions_compute_with_complex_operands_or_refuse_them(name):
    """Nothing warns of imaginary parts that are lost, and no error is anybody else's."""
    args = [
        arg * (1 + 1j) if isinstance(arg, np.ndarray) and arg.dtype.kind == "f" else arg
        for arg in CALLS[name]
    ]
    computed = any(map(np.iscomplexobj, args)) and answers(getattr(cr.ops, name), *args)
    if computed and name not in ("var", "std", "slogdet"):
        assert getattr(cr.ops, name)(*args).dtype.kind == "c"


@pytest.mark.parametrize(
    "loss", [cr.mse, cr.huber, cr.half_squared_error, cr.binary_cross_entropy, cr.cross_entropy]
)
def test_losses_are_of_real_numbers(loss):
    x, z = np.ones(3), np.ones(3) * 1j
    calls = [(z, 1), (x, 1, z)] if loss is cr.cross_entropy else [(z, x), (x, z)]
    for args in calls:
        with pytest.raises(OptionError, match=f"^{loss.__name__}.*: expected real numbers"):
            loss(*args)


def test_layers_are_of_real_numbers():
    z = np.array([[1 + 2j, 3.0]])
    for operand in (z, cr.variable(z)):
        with pytest.raises(OptionError, match=r"expected a tensor of floats, got c128\[1,2\]"):
            cr.nn.Linear(2, 3)(operand)


def _tolerance(case: Case) -> dict[str, float]:
    return SINGLE if case.function(*case.args).dtype == np.complex64 else CLOSE


def _random(rng: Any, like: Any) -> Any:
    found = rng.uniform(0.5, 2.0, np.shape(like))
    if like.dtype.kind == "c":
        found = found + 1j * rng.uniform(0.5, 2.0, np.shape(like))
    return np.asarray(found, like.dtype)


@functools.cache
def _oracle(case: Case) -> dict[str, Any]:
    """JAX's pull-backs of a random cotangent, and of random directions through that pull-back."""
    rng = np.random.default_rng(len(case.primitive))
    points = tuple(map(jnp.asarray, case.args))
    cotangent = _random(rng, jax.eval_shape(case.oracle, *points))
    directions = tuple(_random(rng, point) for point in points)

    def along(*points: Any) -> Any:
        found = jax.vjp(case.oracle, *points)[1](jnp.asarray(cotangent))
        return sum(jnp.sum(jnp.real(g * v)) for g, v in zip(found, directions, strict=True)), found

    slopes = jax.jit(jax.grad(along, tuple(range(len(points))), has_aux=True))
    second, first = slopes(*points)
    pushed = jax.jit(lambda points, along: jax.jvp(case.oracle, points, along)[1])
    return {
        "cotangent": cotangent,
        "directions": directions,
        "first": first,
        "second": second,
        "pushed": pushed(points, directions),
    }
