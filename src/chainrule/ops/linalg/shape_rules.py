"""Shape rules that functions of matrices share."""

from __future__ import annotations

from typing import Any

from chainrule.graph import Spec, misfit
from chainrule.ops.define import floating

__all__ = ["square_matrices", "square_shape"]


def square_matrices(spec: Spec) -> int:
    """Return n for matrices of n rows and columns over the last two axes, else raise ShapeError."""
    if len(spec.shape) < 2 or spec.shape[-1] != spec.shape[-2]:
        raise misfit("the last two axes equally long")
    return spec.shape[-1]


def square_shape(spec: Spec, **_: Any) -> Spec:
    """The rule where the result has the shape of the square matrices, in floating point."""
    square_matrices(spec)
    return Spec(spec.shape, floating(spec.dtype))
