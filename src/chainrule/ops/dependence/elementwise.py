"""The dependence of elementwise operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast, final

import numpy as np

from chainrule.graph import Indices, Node, Rule, primitive_of
from chainrule.graph.node import Dependence
from chainrule.graph.sparse_jacobian import Component, SparseJacobian, Wanted
from chainrule.ops.dependence.flat_indices import before_broadcasting, flat_value
from chainrule.ops.tensor import constant

__all__ = ["Elementwise"]


@final
class Elementwise(Dependence):
    """Each entry depends on the entries at the same position, after broadcasting.

    The Jacobian is diagonal.  `rules` are the VJP rules before their results are summed over
    broadcast axes.  Without a rule there is no dependence, unless a kink declares that the local
    gradient is taken as 0, like that of a step.
    """

    def __init__(self, rules: tuple[Rule | None, ...]) -> None:
        self.rules = rules

    def jacobian(self, node: Node, position: int, rows: Wanted, columns: Wanted) -> SparseJacobian:
        rule = self.rules[position]
        if rule is None and primitive_of(node).kink is None:
            return SparseJacobian.empty()
        shape, sources = node.spec.shape, [source.spec.shape for source in node.inputs]
        if rows is None:
            same = columns is not None and sources[position] == shape
            rows = cast(Indices, columns) if same else np.arange(node.spec.size)
        at = [before_broadcasting(rows, shape, source) for source in sources]
        if columns is not None and sources[position] != shape:
            keep = np.isin(at[position], columns)
            rows, at = rows[keep], [indices[keep] for indices in at]
        if rule is None or not rows.size:
            return SparseJacobian.of(rows, at[position], 0.0)
        operands = [
            constant(flat_value(source)[indices])
            for source, indices in zip(node.inputs, at, strict=True)
        ]
        output = constant(flat_value(node)[rows])
        ones = constant(np.ones(len(rows), node.spec.dtype))
        slopes = rule(ones, output, *operands, **node.params)
        return SparseJacobian.of(rows, at[position], np.broadcast_to(slopes.value, rows.shape))

    def components(self, node: Node) -> Callable[[int], Component]:
        shape, evaluate = node.spec.shape, primitive_of(node).entry(node.params)

        def component(row: int) -> Component:
            at = np.asarray(row)
            indices = (before_broadcasting(at, shape, s.spec.shape) for s in node.inputs)
            return Component(tuple(indices), evaluate)

        return component
