"""Sylvester's equation A·X + X·B = Q."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.graph import Array, Spec, misfit
from chainrule.ops.define import apply, floating, lift_together, primitive
from chainrule.ops.linalg.matrix_parts import transposed
from chainrule.ops.linalg.notation import listed
from chainrule.ops.linalg.shape_rules import square_matrices
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor

__all__ = ["solve_sylvester"]


def _sylvester_shape(a: Spec, b: Spec, q: Spec) -> Spec:
    batch = {spec.shape[:-2] for spec in (a, b, q)}
    if q.shape[-2:] != (square_matrices(a), square_matrices(b)) or len(batch) != 1:
        raise misfit("square A and B, and Q with the rows of A and the columns of B")
    return Spec(q.shape, floating(a.dtype, b.dtype, q.dtype))


def _sylvester_value(a: Array, b: Array, q: Array) -> Array:
    from scipy import linalg  # not at the top: the import takes 0.1 s

    dtype = floating(a.dtype, b.dtype, q.dtype)
    found = np.empty(q.shape, dtype)
    for at in np.ndindex(*q.shape[:-2]):
        matrices = [x[at].astype(dtype) for x in (a, b, q)]
        try:
            found[at] = linalg.solve_sylvester(*matrices) if found[at].size else 0.0
        except (np.linalg.LinAlgError, ValueError):  # no solution, or nan
            found[at] = np.nan
    return found


def _sylvester_notation(a: Array, b: Array, q: Array) -> Array:
    return listed("solve_sylvester", a, q.shape[-2:], b, q)


def _sylvester_pullback(
    cotangents: Sequence[Tensor], outputs: Any, inputs: Sequence[Tensor], wanted: Sequence[int]
) -> dict[int, Tensor]:
    (g,), (x,), (a, b, _) = cotangents, outputs, inputs
    right = solve_sylvester(transposed(a), transposed(b), g)
    found = (-right @ transposed(x), -transposed(x) @ right, right)
    return {i: found[i].astype(inputs[i].dtype) for i in wanted}


_SYLVESTER = primitive(
    "solve_sylvester",
    _sylvester_value,
    shape=_sylvester_shape,
    pullback=_sylvester_pullback,
    notation=_sylvester_notation,
    domain="matrices A and −B without a common eigenvalue",
)


@provides("solve_sylvester")
def solve_sylvester(a: Operand, b: Operand, q: Operand) -> Tensor:
    """The solution X of A·X + X·B = Q, for each three matrices over the last two axes.

    Q̄ is the solution of Aᵀ·Q̄ + Q̄·Bᵀ = G,  Ā = −Q̄·Xᵀ,  B̄ = −Xᵀ·Q̄

    Raises ShapeError unless the shapes fit.

    >>> solve_sylvester([[1.0]], [[2.0]], [[6.0]])
    Tensor([[2.]])
    """
    return apply(_SYLVESTER, *lift_together(a, b, q))
