"""The sparse Jacobian of a single operation, restricted to the requested entries."""

from __future__ import annotations

import numpy as np

from chainrule.autodiff.reverse import contributions
from chainrule.errors import DifferentiationError
from chainrule.graph import Array, Indices, Node, SparseJacobian, primitive_of
from chainrule.ops import Tensor
from chainrule.ops.define import apply_all
from chainrule.ops.tensor import constant

__all__ = ["local_gradients"]


def local_gradients(
    node: Node, position: int, rows: Indices | None = None, columns: Indices | None = None
) -> SparseJacobian:
    """Return ∂node/∂input for the input at `position`.

    `rows` and `columns` are the flat indices of the requested output and input entries; None means
    all.  A pair is stored if the output entry depends on the input entry, even if the local
    gradient is 0, here (a dead ReLU) or everywhere (a step).  Where gradients are stopped, nothing
    is stored.  Raises DifferentiationError for complex numbers, which have a slope in each
    direction.

    >>> import chainrule as cr
    >>> y = cr.relu(cr.variable([-1.0, 2.0]))
    >>> local_gradients(y.node, 0).values
    array([0., 1.])
    """
    source, primitive = node.inputs[position], primitive_of(node)
    if "c" in (node.spec.dtype.kind, source.spec.dtype.kind):
        raise DifferentiationError(
            node.label,
            expected="real numbers, whose local gradients are numbers",
            got=f"{source.spec} and {node.spec}",
        )
    if not (node.spec.differentiable and source.spec.differentiable):
        return SparseJacobian.empty()
    if primitive.dependence is not None:
        jacobian = primitive.dependence.jacobian(node, position, rows, columns)
    else:
        jacobian = _by_reverse_mode(node, position, rows)
    return jacobian.restricted(rows, columns)


def _by_reverse_mode(node: Node, position: int, rows: Indices | None) -> SparseJacobian:
    """The Jacobian by reverse mode, one row at a time.

    A pair of entries is stored if its local gradient is not 0 here or at one of two random points.
    """
    indices = np.arange(node.spec.size) if rows is None else rows
    here = [Tensor(source) for source in node.inputs]
    depends = np.zeros((len(indices), node.inputs[position].spec.size), dtype=bool)
    for point in (here, *_generic_points(node)):
        depends |= _dense_rows(node, position, indices, point) != 0
    found = np.nonzero(depends)
    values = _dense_rows(node, position, indices, here)[found]
    return SparseJacobian.of(indices[found[0]], found[1], values)


def _dense_rows(node: Node, position: int, indices: Indices, point: list[Tensor]) -> Array:
    outputs = apply_all(primitive_of(node), *point, **node.params)
    applied, output = outputs[0].node, outputs[node.index].node
    source = applied.inputs[position]
    rows = np.zeros((len(indices), point[position].size))
    for row, index in zip(rows, indices, strict=True):
        seed = np.zeros(output.spec.shape, output.spec.dtype)
        seed.flat[index] = 1
        for at, part in contributions(applied, {output: constant(seed)}, {source}):
            if at == position:
                row[:] = part.value.ravel()
    return rows


def _generic_points(node: Node) -> list[list[Tensor]]:
    """Two random points, where no gradient is 0 by coincidence; indices and masks are unchanged."""
    random = np.random.default_rng(0)

    def generic(source: Node) -> Tensor:
        if not source.spec.differentiable:
            return Tensor(source)
        return constant(random.uniform(0.5, 1.5, source.spec.shape).astype(source.spec.dtype))

    return [[generic(source) for source in node.inputs] for _ in range(2)]
