"""The dependence of operations along axes: reductions, and operations that keep the shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import numpy as np

from chainrule.graph import Array, Indices, Node, Rule, primitive_of
from chainrule.graph.node import Dependence
from chainrule.graph.sparse_jacobian import Component, SparseJacobian, Wanted
from chainrule.ops.dependence.flat_indices import NO_INDICES, flat_value, lines
from chainrule.ops.tensor import constant

__all__ = ["AlongAxis", "Reduced"]

Slope = Callable[[Array, Array, Array], Array | float]


@final
class Reduced(Dependence):
    """Each entry depends on the entries of the first input along the reduced axes.

    That is the last axis if the primitive has no parameter `axis`.  Other inputs, such as labels,
    have an integer for each entry of the output.  Every entry of the first input contributes to one
    entry of the output, so the pull-back of ones by `rule` gives all local gradients at once.
    `additive` means that the entries are summed, up to a constant factor.
    """

    def __init__(self, rule: Rule, additive: bool = False) -> None:
        self.rule, self.additive = rule, additive

    def jacobian(self, node: Node, position: int, rows: Wanted, columns: Wanted) -> SparseJacobian:
        """∂node/∂x, where entry i of the output depends on the entries `along[i]` of x."""
        ones = constant(np.ones(node.spec.shape, node.spec.dtype))
        operands = (constant(source.value) for source in node.inputs)
        slopes = self.rule(ones, constant(node.value), *operands, **node.params)
        rows = np.arange(node.spec.size) if rows is None else rows
        columns = self._along(node)[rows]
        slope = slopes.value.ravel()[columns]
        return SparseJacobian.of(np.broadcast_to(rows[:, None], columns.shape), columns, slope)

    def components(self, node: Node) -> Callable[[int], Component]:
        along, others = self._along(node), [flat_value(source) for source in node.inputs[1:]]
        axes = {"axis": (0,), "keepdims": False} if "axis" in node.params else {}
        entry = primitive_of(node).entry({**node.params, **axes})

        def component(row: int) -> Component:
            def evaluate(line: Array, *_: Array) -> Any:
                return entry(line, *(np.asarray(other[row]) for other in others))

            return Component((along[row], *(NO_INDICES for _ in others)), evaluate, self.additive)

        return component

    def _along(self, node: Node) -> Indices:
        shape = node.inputs[0].spec.shape
        return lines(shape, node.params.get("axis", len(shape) - 1))


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

    def jacobian(self, node: Node, position: int, rows: Wanted, columns: Wanted) -> SparseJacobian:
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

    def components(self, node: Node) -> Callable[[int], Component]:
        axis = node.params["axis"]
        along = lines(node.spec.shape, axis)
        line, offset = _coordinates(along)
        params = {**node.params, "axis": 0 if isinstance(axis, int) else (0,)}

        def component(row: int) -> Component:
            here = int(offset[row])
            indices = along[line[row]][: here + 1 if self.running else None]
            return Component((indices,), primitive_of(node).entry(params, here), self.running)

        return component


def _coordinates(along: Indices) -> tuple[Indices, Indices]:
    """For each entry, the number of its line and its position in that line."""
    count, length = along.shape
    line, offset = np.zeros(along.size, np.intp), np.zeros(along.size, np.intp)
    line[along] = np.arange(count)[:, None]
    offset[along] = np.arange(length)[None, :]
    return line, offset
