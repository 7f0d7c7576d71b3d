"""The dependence of einsum: each entry is a sum of products of one entry of each operand."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import final

import numpy as np

from chainrule.graph import Array, Indices, Node, primitive_of
from chainrule.graph.node import Dependence
from chainrule.graph.sparse_jacobian import Component, SparseJacobian, Wanted
from chainrule.ops.dependence.flat_indices import flat_value
from chainrule.ops.linalg.products.subscripts import Subscripts, lengths_of

__all__ = ["SummedProducts"]


@final
class SummedProducts(Dependence):
    """A term for each value of the letters that are summed over.

    >>> import chainrule as cr
    >>> node = cr.einsum("ij,j->i", cr.variable([[1.0, 2.0], [3.0, 4.0]]), [5.0, 6.0]).node
    >>> SummedProducts().jacobian(node, 0, None, None).values
    array([5., 6., 5., 6.])
    """

    def jacobian(self, node: Node, position: int, rows: Wanted, columns: Wanted) -> SparseJacobian:
        wanted = np.arange(node.spec.size) if rows is None else rows
        terms = _terms(node, wanted)
        slopes: Array = np.ones(terms[position].shape)
        for i, source in enumerate(node.inputs):
            if i != position:
                slopes *= flat_value(source)[terms[i]]
        width = max(node.inputs[position].spec.size, 1)
        pairs = wanted[:, None] * width + terms[position]
        distinct, which = np.unique(pairs, return_inverse=True)
        total = np.bincount(which.ravel(), slopes.ravel(), len(distinct))
        return SparseJacobian.of(distinct // width, distinct % width, total)

    def components(self, node: Node) -> Callable[[int], Component]:
        one = Subscripts(("A",) * len(node.inputs), "")
        evaluate = primitive_of(node).entry({**node.params, "subscripts": one})

        def component(row: int) -> Component:
            terms = tuple(operand.ravel() for operand in _terms(node, np.asarray([row])))
            return Component(terms, evaluate, additive=True)

        return component


def _terms(node: Node, rows: Indices) -> list[Indices]:
    """For each operand, which entry it has in each term: a row of terms for each of the `rows`."""
    subscripts: Subscripts = node.params["subscripts"]
    lengths = lengths_of(subscripts, [source.spec.shape for source in node.inputs])
    summed = [letter for letter in lengths if letter not in subscripts.output]
    count = math.prod(lengths[letter] for letter in summed)
    positions = np.indices([lengths[letter] for letter in summed]).reshape(len(summed), count)
    index: dict[str, Indices] = dict(zip(summed, positions, strict=True))
    coordinates = np.unravel_index(rows, node.spec.shape) if node.spec.shape else ()
    for letter, coordinate in zip(subscripts.output, coordinates, strict=True):
        index[letter] = coordinate[:, None]
    found: list[Indices] = []
    for part, source in zip(subscripts.inputs, node.inputs, strict=True):
        flat, stride = np.zeros((len(rows), count), np.intp), 1
        for letter, length in zip(reversed(part), reversed(source.spec.shape), strict=True):
            flat += index[letter] * (stride if length > 1 else 0)
            stride *= length
        found.append(flat)
    return found
