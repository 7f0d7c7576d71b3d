"""The contract of every primitive, as plain functions that raise AssertionError.

`tests/ops/test_contract.py` runs all of them; `tests/mutate_rules.py` runs those about derivatives
against deliberately broken rules.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import chainrule as cr
from chainrule.autodiff.local_gradients import local_gradients
from chainrule.errors import DifferentiationError
from chainrule.graph import Evaluator, Graph, Node, verify
from ops import formulas, jacobians
from ops.case import Case, Edge

CLOSE = {"rtol": 1e-10, "atol": 1e-12}
UPSTREAM = -3.0
SINGLE = {"rtol": 3e-5, "atol": 3e-6}


def checks(case: Case) -> list[Callable[[Case], None]]:
    """Return the checks that apply to this case, the most sensitive and the cheapest first."""
    derivatives = [check_flat] if case.flat else [check_first, check_second]
    others = [check_value, check_sparse_jacobian, check_trace, check_notation, check_smooth]
    if case.integers:
        others.append(check_integers)
    if not case.rounds:
        others += [check_single_precision, check_mixed_precision]
        if not case.flat:
            others.append(check_finite_differences)
    return [*derivatives, *others]


def check_value(case: Case) -> None:
    """Value, shape and dtype are JAX's, and the named primitive was applied."""
    found = case.function(*case.args)
    expected = oracle(case)["value"]
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found.value, expected, **CLOSE)
    assert applied(case, found), f"this case never applies {case.primitive}"


def check_first(case: Case) -> None:
    """The pull-back of a random cotangent is JAX's, in the shape and dtype of each argument."""
    answers = oracle(case)
    _, pull = cr.vjp(case.at(case.function), *case.points)
    for found, expected, point in zip(
        pull(answers["cotangent"]), answers["first"], case.points, strict=True
    ):
        assert found.shape == np.shape(point)
        assert found.dtype == np.float64
        np.testing.assert_allclose(found, expected, **CLOSE)


def check_second(case: Case) -> None:
    """The pull-back of random directions through that pull-back is JAX's, too."""
    answers = oracle(case)
    positions = range(len(case.points))

    def along(*points: Any) -> Any:
        _, pull = cr.vjp(case.at(case.function), *points)
        total = 0.0
        for gradient, direction in zip(
            pull(answers["cotangent"]), answers["directions"], strict=True
        ):
            total = total + cr.sum(gradient * direction)
        return total

    found = cr.grad(along, positions)(*case.points)
    for one, expected in zip(found, answers["second"], strict=True):
        np.testing.assert_allclose(one, expected, **CLOSE)


def check_finite_differences(case: Case) -> None:
    """First and second derivatives agree with central differences of the value alone."""
    if max(np.size(arg) for arg in case.args) <= 12:
        cr.check_grad(case.at(case.function), *case.points, order=2, rtol=1e-6, atol=1e-7)


def check_flat(case: Case) -> None:
    """No gradient flows: it is zero for every argument and any upstream gradient."""
    _, pull = cr.vjp(case.at(lambda *args: case.function(*args).astype(float)), *case.points)
    for gradient, point in zip(pull(oracle(case)["cotangent"]), case.points, strict=True):
        np.testing.assert_array_equal(gradient, np.zeros(np.shape(point)))


def check_single_precision(case: Case) -> None:
    """float32 in, float32 out, and float32 back; Python's numbers do not widen anything."""
    points = [np.asarray(point, np.float32) for point in case.points]
    value, pull = cr.vjp(case.at(case.function), *points)
    expected = oracle(case)["value"]
    if points and expected.dtype.kind == "f":
        assert value.dtype == np.float32
    np.testing.assert_allclose(value, expected, **SINGLE)
    for gradient, exact in zip(
        pull(oracle(case)["cotangent"].astype(np.float32)), oracle(case)["first"], strict=True
    ):
        assert gradient.dtype == np.float32
        np.testing.assert_allclose(gradient, exact, **SINGLE)


def check_mixed_precision(case: Case) -> None:
    """Each argument gets its gradient in its own precision, whatever that of the others is."""
    for narrow in range(len(case.points)):
        points = [
            np.asarray(p, np.float32 if i == narrow else float) for i, p in enumerate(case.points)
        ]
        value, pull = cr.vjp(case.at(case.function), *points)
        for gradient, point in zip(pull(np.ones(value.shape)), points, strict=True):
            assert gradient.dtype == point.dtype


def check_integers(case: Case) -> None:
    """Integers and booleans count as the floats they equal, unless unsigned ones wrap around."""
    for dtype in (bool, np.uint8, np.int8, np.int64):
        rng = np.random.default_rng(0)
        whole = [np.asarray(rng.integers(0, 4, np.shape(p))).astype(dtype) for p in case.points]
        found = case.at(case.function)(*whole)
        expected = case.at(case.function)(*[array.astype(np.float64) for array in whole])
        if found.dtype.kind == "f":
            assert found.dtype == np.float64
        if found.dtype.kind != "u":
            np.testing.assert_allclose(found.value, expected.value, **CLOSE)
        else:
            np.testing.assert_array_equal(
                found.value, expected.value.astype(int).astype(found.dtype)
            )


def check_trace(case: Case) -> None:
    """Traced with shapes alone, value and gradient are the eager ones: shape, dtype and digits."""

    def both(*args: Any) -> list[cr.Tensor]:
        points = [args[i] for i in case.wrt]
        value, pull = cr.vjp(case.at(case.function, args), *points)
        return [value, *pull(np.ones(value.shape))] if points else [case.function(*args)]

    eager = both(*[cr.variable(a) if i in case.wrt else a for i, a in enumerate(case.args)])
    verify(Graph.of([tensor.node for tensor in eager]))
    graph = cr.trace(both, *case.args)
    found = Evaluator(graph)(*case.args)
    for traced, tensor, number in zip(graph.outputs, eager, found, strict=True):
        assert traced.spec == tensor.spec
        assert (number.shape, number.dtype) == (tensor.shape, tensor.dtype)
        np.testing.assert_array_equal(number, tensor.value)


def check_smooth(case: Case) -> None:
    """Away from its kinks, a primitive does not report one."""
    for node in applied(case, case.function(*case.args)):
        if node.primitive.kink is not None:
            assert not np.any(at_kink(node))


def check_notation(case: Case) -> None:
    """The formula of every entry evaluates to the entry."""
    for node in applied(case, case.function(*case.args)):
        formulas.check(node)


def check_sparse_jacobian(case: Case) -> None:
    """The sparse Jacobian equals the dense one, stores dependent pairs only, and can be restricted.

    Pairs that depend on each other but have no gradient at this point are stored, too.
    """
    given = [cr.variable(arg) if i in case.wrt else arg for i, arg in enumerate(case.args)]
    for node in applied(case, case.function(*given)):
        for position, source in enumerate(node.inputs):
            differentiable = node.spec.differentiable and source.spec.differentiable
            ones = np.ones(node.spec.shape, node.spec.dtype)
            try:
                pulled = differentiable and jacobians.pulled_back(node, position, ones) is not None
            except DifferentiationError:  # by a parameter such as the order of a Bessel function
                assert source.constant
                continue
            found = local_gradients(node, position)
            shape = node.spec.size, source.spec.size
            sparse, stored = np.zeros(shape), np.zeros(shape, dtype=bool)
            sparse[found.rows, found.columns] = found.values
            stored[found.rows, found.columns] = True
            assert len(found.rows) == stored.sum(), "a pair is stored twice"
            if not differentiable:
                assert not stored.any()
                continue
            if not pulled:
                flat = node.primitive.kink is not None
                expected = jacobians.depends(node, position) if flat else np.zeros(shape)
                np.testing.assert_array_equal(stored, expected)
                assert not sparse.any()
                continue
            dense = jacobians.by_vjp(node, position)
            side = source.spec.shape[-1] if case.symmetric else None
            np.testing.assert_allclose(sparse, dense, rtol=1e-12, atol=1e-14)
            assert stored[dense != 0].all()
            if dense.any():
                depends = jacobians.on_both_triangles(jacobians.depends(node, position), side)
                computed = stored if node.primitive.dependence else np.abs(sparse) > 1e-14
                assert not computed[depends == 0].any()
            if not case.rounds and node.spec.size * source.spec.size <= 100:
                numeric = jacobians.by_differences(node, position)
                numeric = jacobians.on_both_triangles(numeric, side)
                np.testing.assert_allclose(sparse, numeric, rtol=1e-6, atol=1e-7)
            jacobians.check_restrictions(node, position, sparse, stored)


def check_edge(edge: Edge) -> None:
    """At ties, zeros, infinities and overflow, the results are those the docstring promises."""
    arrays = [np.asarray(arg) for arg in edge.args]
    tensors = [cr.variable(a) if a.dtype.kind in "fc" else a for a in arrays]
    found = edge.function(*tensors)
    expected = np.asarray(edge.value)
    np.testing.assert_allclose(found.value, expected, **CLOSE)
    zeros = expected == 0
    if expected.dtype.kind == "f":
        np.testing.assert_array_equal(np.signbit(found.value[zeros]), np.signbit(expected[zeros]))
    nodes = applied(edge, found)
    assert nodes, f"this edge never applies {edge.primitive}"
    kink = False if edge.kink is None else edge.kink
    if nodes[0].primitive.kink is not None:
        np.testing.assert_array_equal(at_kink(nodes[0]), np.broadcast_to(kink, found.shape))
        assert nodes[0].primitive.kink.choice
    if edge.gradients is None:
        return
    for tensor, gradient in zip(tensors, edge.gradients, strict=True):
        if gradient is not None:
            first = cr.sum(UPSTREAM * found).gradients()[tensor]
            np.testing.assert_allclose(first.value, UPSTREAM * np.asarray(gradient), **CLOSE)
    if edge.curvature is not None:
        slope = cr.sum(UPSTREAM * found).gradients()[tensors[0]]
        second = cr.sum(slope).gradients()[tensors[0]]
        np.testing.assert_allclose(second.value, UPSTREAM * np.asarray(edge.curvature), **CLOSE)


def check_nan(case: Case) -> None:
    """A nan propagates to the output."""
    points = [np.full(np.shape(point), np.nan) for point in case.points]
    assert np.isnan(case.at(case.function)(*points).value).all()


def applied(case: Case | Edge, found: cr.Tensor) -> list[Node]:
    """Return the nodes among the output's ancestors that apply the case's primitive."""
    nodes = Graph.of([found.node]).nodes
    return [n for n in nodes if n.primitive is not None and n.primitive.name == case.primitive]


def at_kink(node: Node) -> Any:
    """Return where the primitive reports that the inputs of this node are at a kink."""
    return node.primitive.kink.at(*(source.value for source in node.inputs), **node.params)


# compiling takes longer than running here
QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}


@functools.cache
def oracle(case: Case) -> dict[str, Any]:
    """Return JAX's value and its pull-backs of random cotangents and directions."""
    rng = np.random.default_rng([len(case.primitive), *np.shape(case.args[0])])
    function, points = case.at(case.oracle), [jnp.asarray(point) for point in case.points]
    shape = jax.eval_shape(function, *points).shape
    cotangent = rng.uniform(0.5, 2.0, shape) * rng.choice([-1, 1], shape)
    directions = tuple(np.asarray(rng.uniform(-2, 2, np.shape(p))) for p in case.points)

    def answers(points: Any, cotangent: Any, directions: Any) -> dict[str, Any]:
        if case.flat:
            return {"value": function(*points), "first": [jnp.zeros_like(p) for p in points]}

        def pulled(*points: Any) -> Any:
            value, pull = jax.vjp(function, *points)
            return pull(cotangent), value

        first, pull, value = jax.vjp(pulled, *points, has_aux=True)
        return {"value": value, "first": first, "second": pull(directions)}

    compiled = jax.jit(answers, compiler_options=QUICK)
    found = jax.tree.map(np.asarray, compiled(points, cotangent, directions))
    return {"cotangent": cotangent, "directions": directions, **found}
