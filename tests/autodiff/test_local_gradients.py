"""Sparse Jacobians of operations, with and without a declared dependence, and restricted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr
from chainrule.autodiff.local_gradients import local_gradients
from chainrule.explain import explain
from chainrule.ops.define import apply
from ops import contract, formulas, jacobians
from ops.cases import CASES

UNDECLARED = [
    case
    for name in ("matmul", "mul", "softmax", "transpose", "where", "fold")
    for case in [case for case in CASES if case.primitive == name and case.wrt][:3]
]


def undeclared(node) -> cr.Tensor:
    """The same operation by a primitive that declares no dependence."""
    inputs = map(cr.Tensor, node.inputs)
    return apply(replace(node.primitive, dependence=None), *inputs, **node.params)


@pytest.mark.parametrize("case", UNDECLARED, ids=str)
def test_an_undeclared_jacobian_is_computed_by_reverse_mode(case):
    given = [cr.variable(arg) if i in case.wrt else arg for i, arg in enumerate(case.args)]
    for node in contract.applied(case, case.function(*given)):
        bare = undeclared(node).node
        for position, source in enumerate(node.inputs):
            if source.spec.differentiable:
                found, expected = (local_gradients(one, position) for one in (bare, node))
                shape = node.spec.size, source.spec.size
                sparse, stored = np.zeros(shape), np.zeros(shape, dtype=bool)
                sparse[found.rows, found.columns] = found.values
                stored[found.rows, found.columns] = True
                pairs = {(int(i), int(j)) for i, j in zip(*found[:2], strict=True)}
                declared = {(int(i), int(j)) for i, j in zip(*expected[:2], strict=True)}
                assert pairs <= declared
                np.testing.assert_allclose(sparse, jacobians.by_vjp(node, position), rtol=1e-12)
                jacobians.check_restrictions(bare, position, sparse, stored)
        formulas.check(bare)


def test_a_local_gradient_of_zero_at_this_point_is_stored():
    node = undeclared(cr.relu(cr.variable([-1.0, 2.0])).node).node
    found = local_gradients(node, 0)
    assert found.columns.tolist() == [0, 1]
    assert found.values.tolist() == [0.0, 1.0]


def test_an_undeclared_operation_is_explained_like_any_other():
    x = cr.variable(np.arange(6.0).reshape(2, 3), "x")
    explanations = []
    for product in (x @ np.ones(3), undeclared((x @ np.ones(3)).node)):
        explanations.append(str(explain((product.named("y") ** 2).sum().named("f"), wrt="x[1, 2]")))
    assert explanations[0] == explanations[1]


def test_integers_and_conditions_have_no_local_gradients():
    x = cr.variable([0.5, 1.5], "x")
    rounded, condition = cr.astype(x, int), cr.greater(x, 1.0)
    assert not len(local_gradients(rounded.node, 0).rows)
    assert not len(local_gradients(condition.node, 0).rows)
    chosen = cr.where(condition, x, 2 * x).node
    assert not len(local_gradients(chosen, 0).rows)
    assert local_gradients(chosen, 1).values.tolist() == [0.0, 1.0]


def test_only_the_requested_entries_are_computed():
    """Of 128 × 512 × 784 products, 128 contain a given weight."""
    x, w = np.ones((128, 784)), cr.variable(np.ones((784, 512)))
    node = (cr.ops.tensor.constant(x) @ w).node
    one = local_gradients(node, 1, columns=np.array([300 * 512 + 5]))
    assert one.rows.tolist() == [512 * row + 5 for row in range(128)]
    one = local_gradients(node, 1, rows=np.array([7]))
    assert len(one.rows) == 784
    one = local_gradients(node, 1, rows=np.array([5, 512 + 5]), columns=np.arange(400_000))
    assert len(one.rows) == 2 * 782
