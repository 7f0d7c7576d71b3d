"""The dependence of contractions: matrix products and other sums of products of two inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, final

import numpy as np

from chainrule.graph import Indices, Node, primitive_of
from chainrule.graph.node import Dependence
from chainrule.graph.sparse_jacobian import Component, SparseJacobian, Wanted
from chainrule.ops.dependence.flat_indices import flat_value

__all__ = ["Contracted", "Products"]

Shape = tuple[int, ...]


class Products(NamedTuple):
    """The terms of a contraction: one for each value of a multi-index i that runs over `lengths`.

    Term i multiplies an entry of the left input by one of the right input and is added to an entry
    of the output.  Each of the three is entry Σ iₖ·strideₖ of its array, with that array's strides;
    a stride of 0 means that the entry does not depend on iₖ.
    """

    lengths: Shape
    output: Shape
    left: Shape
    right: Shape


@final
class Contracted(Dependence):
    """Each entry is a sum of products of entries of the two inputs.

    `products(left, right)` returns the terms, given the shapes of the inputs.

    >>> import chainrule as cr
    >>> node = cr.matmul(cr.variable([[1.0, 2.0], [3.0, 4.0]]), cr.variable([5.0, 6.0])).node
    >>> rows = Contracted(lambda a, b: Products(a, output=(1, 0), left=(a[1], 1), right=(0, 1)))
    >>> rows.jacobian(node, 1, None, None).columns, rows.jacobian(node, 1, None, None).values
    (array([0, 1, 0, 1]), array([1., 2., 3., 4.]))
    """

    def __init__(self, products: Callable[[Shape, Shape], Products]) -> None:
        self.products = products

    def jacobian(self, node: Node, position: int, rows: Wanted, columns: Wanted) -> SparseJacobian:
        terms = self._products(node)
        own, other = (terms.left, terms.right) if position == 0 else (terms.right, terms.left)
        strides = (terms.output, own, other)
        if columns is None or (rows is not None and len(rows) <= len(columns)):
            given = np.arange(node.spec.size) if rows is None else rows
            row, column, factor = _terms_with(given, terms.output, strides, terms.lengths)
        else:
            row, column, factor = _terms_with(columns, own, strides, terms.lengths)
        return SparseJacobian.of(row, column, flat_value(node.inputs[1 - position])[factor])

    def components(self, node: Node) -> Callable[[int], Component]:
        terms, evaluate = self._products(node), primitive_of(node).entry(node.params)

        def component(row: int) -> Component:
            strides = (terms.left, terms.right)
            found = _terms_with(np.asarray([row]), terms.output, strides, terms.lengths)
            indices = tuple(operand.ravel() for operand in found)
            return Component(indices, evaluate, additive=True)

        return component

    def _products(self, node: Node) -> Products:
        left, right = (source.spec.shape for source in node.inputs)
        return self.products(left, right)


def _terms_with(
    given: Indices, known: Shape, wanted: Sequence[Shape], lengths: Shape
) -> list[Indices]:
    """Find all terms that contain the entries `given` of one array, and their other entries.

    `known` are the strides of that array, `wanted` those of the arrays whose entries are returned.
    There is one result for each: a row for each given entry, with a column for each combination of
    the indices iₖ that the given entry does not determine.
    """
    open_ = [k for k, stride in enumerate(known) if not stride]
    grid = np.indices([lengths[k] for k in open_]).reshape(len(open_), -1)
    found: list[Indices] = []
    for strides in wanted:
        fixed = sum(
            (given // known[k] % lengths[k] * strides[k] for k in range(len(lengths)) if known[k]),
            start=np.zeros_like(given),
        )
        offset = np.asarray([strides[k] for k in open_], dtype=np.intp) @ grid
        found.append(fixed[:, None] + offset)
    return found
