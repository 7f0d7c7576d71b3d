"""The dependence of operations along axes: reductions, and operations that keep the shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import numpy as np

from chainrule.graph import Application, Array, Indices, Rule, primitive_of
from chainrule.graph.primitive import Dependence
from chainrule.graph.sparse_jacobian import Component, SparseJacobian
from chainrule.ops.dependence.flat_indices import NO_INDICES, flat_value, lines
from chainrule.ops.tensor import constant

__all__ = ["AlongAxis", "Reduced", "ReducedByLabel"]

Slope = Callable[[Array, Array, Array], Array | float]


@final
class Reduced(Dependence):
    """Each entry depends on the entries along the reduced axes.

    Every input entry contributes to one output entry, so the pull-back of ones by `rule` gives all
    local gradients at once.  `additive` means that the entries are summed, up to a constant factor.
    """

    def __init__(self, rule: Rule, additive: bool) -> None:
        self.rule, self.additive = rule, additive

    def jacobian(
        self, node: Application, position: int, rows: Indices | None, columns: Indices | None
    ) -> SparseJacobian:
        along = lines(node.inputs[0].spec.shape, node.params["axis"])
        return _pulled_back(self.rule, node, along, rows)

    def components(self, node: Application) -> Callable[[int], Component]:
        along = lines(node.inputs[0].spec.shape, node.params["axis"])
        params = {**node.params, "axis": (0,), "keepdims": False}
        notation = primitive_of(node).notation

        def evaluate(line: Array) -> Any:
            return np.asarray(notation(line, **params), dtype=object)[()]

        return lambda row: Component((along[row],), evaluate, additive=self.additive)


@final
class ReducedByLabel(Dependence):
    """Each entry depends on a row of the first input and on the row's label, the second input.

    The rows are along the last axis.  The pull-back of ones by `rule` gives all local gradients at
    once, as for `Reduced`.
    """

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    def jacobian(
        self, node: Application, position: int, rows: Indices | None, columns: Indices | None
    ) -> SparseJacobian:
        return _pulled_back(self.rule, node, _rows(node.inputs[0]), rows)

    def components(self, node: Application) -> Callable[[int], Component]:
        x, labels = node.inputs
        along = _rows(x)
        notation, label = primitive_of(node).notation, flat_value(labels)

        def component(row: int) -> Component:
            def evaluate(line: Array, _: Array) -> Any:
                return np.asarray(notation(line, np.asarray(label[row])), dtype=object)[()]

            return Component((along[row], NO_INDICES), evaluate)

        return component


@final
class AlongAxis(Dependence):
    """Each entry depends on the entries along the axes; the output has the input's shape.

    `slope(yᵢ, yⱼ, same)` is ∂yᵢ/∂xⱼ, where `same` is 1 if i = j, else 0.  If there is a `spread`,
    `slope` is n · spread(lines of x, params) · ∂yᵢ/∂xⱼ instead, and `same` is n or 0; `spread`
    returns one number for each line of n entries.  `running` means that an entry is the sum of the
    entries up to its own position.

    >>> import chainrule as cr
    >>> node = cr.softmax(cr.variable([0.0, 0.0])).node
    >>> AlongAxis(lambda yi, yj, same: yi * (same - yj)).jacobian(node, 0, None, None).values
    array([ 0.25, -0.25, -0.25,  0.25])
    """

    def __init__(
        self, slope: Slope, running: bool = False, spread: Callable[..., Array] | None = None
    ) -> None:
        self.slope, self.running, self.spread = slope, running, spread

    def jacobian(
        self, node: Application, position: int, rows: Indices | None, columns: Indices | None
    ) -> SparseJacobian:
        along = lines(node.spec.shape, node.params["axis"])
        line, offset = _coordinates(along)
        wanted = columns if rows is None else rows
        if wanted is None:
            wanted = np.arange(node.spec.size)
        others = along[line[wanted]]
        repeated = np.broadcast_to(wanted[:, None], others.shape)
        by_column = rows is None and columns is not None
        row, column = (others, repeated) if by_column else (repeated, others)
        if self.running:
            before = offset[column] <= offset[row]
            row, column = row[before], column[before]
        y = flat_value(node)
        same = (row == column).astype(node.spec.dtype)
        if self.spread is None:
            return SparseJacobian.of(row, column, self.slope(y[row], y[column], same))
        n = along.shape[1]
        scale = n * self.spread(flat_value(node.inputs[0])[along], node.params)[line[row]]
        return SparseJacobian.of(row, column, self.slope(y[row], y[column], n * same) / scale)

    def components(self, node: Application) -> Callable[[int], Component]:
        axis = node.params["axis"]
        along = lines(node.spec.shape, axis)
        line, offset = _coordinates(along)
        params = {**node.params, "axis": 0 if isinstance(axis, int) else (0,)}
        notation = primitive_of(node).notation

        def component(row: int) -> Component:
            here = int(offset[row])
            indices = along[line[row]][: here + 1 if self.running else None]

            def evaluate(operand: Array) -> Any:
                return notation(operand, **params)[here]

            return Component((indices,), evaluate, additive=self.running)

        return component


def _pulled_back(
    rule: Rule, node: Application, along: Indices, rows: Indices | None
) -> SparseJacobian:
    """∂node/∂x for its first input x, where output entry i depends on the entries `along[i]`."""
    ones = constant(np.ones(node.spec.shape, node.spec.dtype))
    operands = (constant(source.value) for source in node.inputs)
    slopes = rule(ones, constant(node.value), *operands, **node.params)
    if rows is None:
        rows = np.arange(node.spec.size)
    columns = along[rows]
    return SparseJacobian.of(
        np.broadcast_to(rows[:, None], columns.shape), columns, slopes.value.ravel()[columns]
    )


def _rows(x: Application) -> Indices:
    return lines(x.spec.shape, len(x.spec.shape) - 1)


def _coordinates(along: Indices) -> tuple[Indices, Indices]:
    """For each entry, the number of its line and its position in that line."""
    count, length = along.shape
    line, offset = np.zeros(along.size, np.intp), np.zeros(along.size, np.intp)
    line[along] = np.arange(count)[:, None]
    offset[along] = np.arange(length)[None, :]
    return line, offset
