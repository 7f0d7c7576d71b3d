"""Dense Jacobians of single nodes, computed without regard to sparsity."""

from __future__ import annotations

import numpy as np

import chainrule as cr
from chainrule.autodiff.local_gradients import local_gradients
from chainrule.graph import Node
from chainrule.ops.tensor import constant


def pulled_back(node: Node, position: int, seed: np.ndarray) -> cr.Tensor | None:
    """The cotangent of an input for a cotangent of this output alone; None if none flows."""
    cotangents = tuple(constant(seed) if one is node else None for one in node.outputs)
    outputs, inputs = tuple(map(cr.Tensor, node.outputs)), tuple(map(cr.Tensor, node.inputs))
    rule = node.primitive.pullback
    return rule(cotangents, outputs, inputs, (position,), **node.params).get(position)


def by_vjp(node: Node, position: int) -> np.ndarray:
    """Row by row, by pulling back one-hot cotangents."""
    rows = np.zeros((node.spec.size, node.inputs[position].spec.size))
    for index in range(node.spec.size):
        seed = np.zeros(node.spec.shape, node.spec.dtype)
        seed.flat[index] = 1
        rows[index] = pulled_back(node, position, seed).value.ravel()
    return rows


def by_differences(node: Node, position: int, step: float = 1e-6) -> np.ndarray:
    """Column by column, by central differences of the value."""
    columns = np.zeros((node.spec.size, node.inputs[position].spec.size))
    for index in range(columns.shape[1]):
        up, down = (_shifted_value(node, position, index, by) for by in (step, -step))
        columns[:, index] = (up - down) / (2 * step)
    return columns


def depends(node: Node, position: int) -> np.ndarray:
    """Which output entries change when an input entry is shifted far up or down.

    This is tested here, and at a point where every condition is inverted and no operand is 0.
    """
    found = np.zeros((node.spec.size, node.inputs[position].spec.size), dtype=bool)
    for inverted in (False, True):
        base = _shifted_value(node, position, 0, 0.0, inverted)
        for index in range(found.shape[1]):
            for by in (-5.0, 5.0):
                shifted = _shifted_value(node, position, index, by, inverted)
                found[:, index] |= shifted != base
    return found


def on_both_triangles(jacobian: np.ndarray, n: int | None) -> np.ndarray:
    """The Jacobian by n × n matrices, shared equally by entries and their mirrors.

    Without n, the Jacobian as it is.
    """
    if n is None:
        return jacobian
    columns = jacobian.astype(float).reshape(len(jacobian), -1, n, n)
    return (0.5 * (columns + columns.swapaxes(-1, -2))).reshape(jacobian.shape)


def _shifted_value(
    node: Node, position: int, index: int, by: float, inverted: bool = False
) -> np.ndarray:
    values = [np.array(source.value) for source in node.inputs]
    if by:
        values[position].flat[index] += by
    if inverted:
        random = np.random.default_rng(0)
        for i, value in enumerate(values):
            if value.dtype == bool:
                values[i] = ~value
            elif value.dtype.kind == "f" and i != position:
                values[i] = value + random.uniform(0.1, 0.2, value.shape)
    with np.errstate(all="ignore"):
        found = node.primitive.value(*values, **node.params)
        found = found[node.index] if isinstance(found, tuple) else found
        return np.asarray(found, dtype=float).ravel()


def check_restrictions(node: Node, position: int, sparse: np.ndarray, stored: np.ndarray) -> None:
    """Restricted to some rows, some columns or both, the Jacobian has exactly these entries."""
    random = np.random.default_rng(0)
    for some_rows, some_columns in ((True, False), (False, True), (True, True)):
        rows, columns = (
            np.sort(random.permutation(n)[: (n + 1) // 2]) if some else None
            for n, some in zip(stored.shape, (some_rows, some_columns), strict=True)
        )
        found = local_gradients(node, position, rows, columns)
        expected = stored.copy()
        for wanted, axis in ((rows, 0), (columns, 1)):
            if wanted is not None:
                left_out = np.delete(np.arange(stored.shape[axis]), wanted)
                expected[(slice(None),) * axis + (left_out,)] = False
        again = np.zeros_like(stored)
        again[found.rows, found.columns] = True
        np.testing.assert_array_equal(again, expected)
        np.testing.assert_allclose(found.values, sparse[found.rows, found.columns], rtol=1e-12)
