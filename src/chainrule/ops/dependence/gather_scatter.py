"""The dependence of operations that copy entries, and of their transposes, which add them up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import numpy as np

from chainrule.graph import Array, Indices, Node, dense_components
from chainrule.graph.node import Dependence
from chainrule.graph.sparse_jacobian import Component, SparseJacobian, Wanted
from chainrule.ops.dependence.flat_indices import NO_INDICES, flat_indices

__all__ = ["Gathered", "Scattered"]

Rearrangement = (
    Callable[[Array], Array]
    | Callable[[Array, Any], Array]
    | Callable[[Array, Any, Any], Array]
    | Callable[..., Array]
)


@final
class Gathered(Dependence):
    """Each entry is a copy of an input entry, or a constant: the local gradient is 1.

    `value` is called with flat indices in place of the entries, and returns for each output entry
    the index that it copies, or −1 for a constant.  Only the first `operands` inputs have entries
    to copy; the others, such as index arrays, select them.

    >>> import chainrule as cr
    >>> node = cr.transpose(cr.variable([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])).node
    >>> Gathered(lambda x, axes: np.transpose(x, axes)).jacobian(node, 0, None, None).columns
    array([0, 3, 1, 4, 2, 5])
    """

    def __init__(self, value: Rearrangement, operands: int | None = None) -> None:
        self.value: Callable[..., Array] = value
        self.operands = operands

    def jacobian(self, node: Node, position: int, rows: Wanted, columns: Wanted) -> SparseJacobian:
        origins, starts = self._origins(node)
        origin = origins if rows is None else origins[rows]
        start, size = int(starts[position]), node.inputs[position].spec.size
        if columns is not None and columns.size < size:
            # the mask has one more entry, which −1 reads, for constants
            every = sum(source.spec.size for source in node.inputs[: self.operands])
            wanted = np.zeros(every + 1, dtype=bool)
            wanted[columns + start] = True
            here = np.flatnonzero(wanted[origin])
        else:
            here = np.flatnonzero((origin >= start) & (origin < start + size))
        return SparseJacobian.of(here if rows is None else rows[here], origin[here] - start)

    def components(self, node: Node) -> Callable[[int], Component]:
        origins, starts = self._origins(node)

        def evaluate(*operands: Array) -> Any:
            return next(operand.ravel()[0] for operand in operands if operand.size)

        def component(row: int) -> Component:
            if origins[row] < 0:
                return dense_components(node)(row)
            origin = int(origins[row])
            source = int(np.searchsorted(starts, origin, side="right")) - 1
            here = np.asarray(origin - int(starts[source]))
            indices = (here if i == source else NO_INDICES for i in range(len(node.inputs)))
            return Component(tuple(indices), evaluate)

        return component

    def _origins(self, node: Node) -> tuple[Indices, Indices]:
        """Return the index that each output entry copies, and the first index of each input.

        All inputs are numbered together: the second continues where the first ends.
        """
        copied = node.inputs[: self.operands]
        ends = np.cumsum([0, *(source.spec.size for source in copied)])
        indices = [
            flat_indices(source.spec.shape) + start
            for source, start in zip(copied, ends[:-1], strict=True)
        ]
        selectors = [source.value for source in node.inputs[len(copied) :]]
        return np.asarray(self.value(*indices, *selectors, **node.params)).ravel(), ends[:-1]


@final
class Scattered(Dependence):
    """Each entry of the first inputs is added to one output entry: the local gradient is 1.

    `targets` takes the arguments of the primitive's value and returns the flat indices of those
    output entries, in an array for each of the first inputs.
    """

    def __init__(self, targets: Callable[..., list[Array]]) -> None:
        self.targets = targets

    def jacobian(self, node: Node, position: int, rows: Wanted, columns: Wanted) -> SparseJacobian:
        target = self._targets(node)[position]
        return SparseJacobian.of(target, np.arange(target.size))

    def components(self, node: Node) -> Callable[[int], Component]:
        targets = self._targets(node)

        def evaluate(*entries: Array) -> Any:
            return np.sum(np.concatenate(entries[: len(targets)]))

        def component(row: int) -> Component:
            read = [np.flatnonzero(target == row) for target in targets]
            rest = [NO_INDICES] * (len(node.inputs) - len(targets))
            return Component((*read, *rest), evaluate, additive=len(targets) == 1)

        return component

    def _targets(self, node: Node) -> list[Indices]:
        values = [source.value for source in node.inputs]
        return [np.asarray(target).ravel() for target in self.targets(*values, **node.params)]
