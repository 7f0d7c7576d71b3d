"""The Jacobian of one operation, entry by entry and only where asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.graph import Indices, Node, Triples
from chainrule.graph.entries import applied
from chainrule.ops import Tensor
from chainrule.ops.define import apply
from chainrule.ops.tensor import constant

__all__ = ["local_gradients"]


def local_gradients(
    node: Node, position: int, rows: Indices | None = None, columns: Indices | None = None
) -> Triples:
    """∂node/∂input, for the input at `position`, as (row, column, value) for every dependence.

    Entries are counted flat; `rows` and `columns` say which of the output and of the input are
    asked about, None for all.  Pairs that depend but have a gradient of 0 are there, be it just
    now, as for a dead ReLU, or always, as for a step; where gradients are stopped there are none.

    >>> import chainrule as cr
    >>> y = cr.relu(cr.variable([-1.0, 2.0]))
    >>> local_gradients(y.node, 0).values
    array([0., 1.])
    """
    source, primitive = node.inputs[position], applied(node)
    if not (node.spec.differentiable and source.spec.differentiable):
        return Triples.none()
    if primitive.entries is None and primitive.rule(position) is None:
        return Triples.none()
    if primitive.entries is None:
        return _by_rows(node, position, rows).within(rows, columns)
    return primitive.entries.local(node, position, rows, columns).within(rows, columns)


def _by_rows(node: Node, position: int, rows: Indices | None) -> Triples:
    """By reverse mode, a row at a time; what depends is what is not 0 here or at generic points."""
    indices = np.arange(node.spec.size) if rows is None else rows
    here = [Tensor(source) for source in node.inputs]
    depends = np.zeros((len(indices), node.inputs[position].spec.size), dtype=bool)
    for point in (here, *_generic_points(node)):
        jacobian = _rows(node, position, indices, point)
        depends |= jacobian != 0
    found = np.nonzero(depends)
    return Triples.of(indices[found[0]], found[1], _rows(node, position, indices, here)[found])


def _rows(node: Node, position: int, indices: Indices, point: list[Tensor]) -> Any:
    primitive = applied(node)
    rule = primitive.rule(position)
    assert rule is not None
    output = apply(primitive, *point, **node.params)
    rows = np.zeros((len(indices), point[position].size))
    for row, place in zip(rows, indices, strict=True):
        seed = np.zeros(output.shape, output.dtype)
        seed.flat[place] = 1
        row[:] = rule(constant(seed), output, *point, **node.params).value.ravel()
    return rows


def _generic_points(node: Node) -> list[list[Tensor]]:
    """Numbers without coincidences in place of the inputs; indices and masks stay as they are."""
    random = np.random.default_rng(0)
    points: list[list[Tensor]] = []
    for _ in range(2):
        points.append(
            [
                constant(random.uniform(0.5, 1.5, source.spec.shape).astype(source.spec.dtype))
                if source.spec.differentiable
                else Tensor(source)
                for source in node.inputs
            ]
        )
    return points
