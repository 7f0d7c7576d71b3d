"""Norms of vectors and matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.arguments import real_number, shown, truth, whole_numbers
from chainrule.errors import OptionError, ShapeError
from chainrule.graph import Array, Kink
from chainrule.ops.define import floating, normal_axes, normal_axis, reduction
from chainrule.ops.elementwise import abs, logical_or, not_equal, power, sign, where
from chainrule.ops.linalg.factorizations.svd import svdvals
from chainrule.ops.reductions import max, min, sum
from chainrule.ops.registry import provides
from chainrule.ops.shapes import expand_dims, transpose
from chainrule.ops.tensor import Axis, Operand, Tensor, lift

__all__ = ["euclidean_norm", "matrix_norm", "norm", "power_norm", "vector_norm"]

Axes = tuple[int, ...]

ANY = 1.0
"""In place of zeros, where the result is not used."""

Order = float | str | None
"""The kind of a norm: a number, inf, −inf, 'fro', 'nuc', or None for the Euclidean norm."""


@reduction(
    vjp=lambda g, y, x, axis: g * (x / where(y == 0.0, np.inf, y)),
    kink=Kink(
        lambda x, axis, keepdims: ~np.any(x, axis=axis),
        "the norm has a corner at the zero vector; its gradient there is taken as 0",
    ),
    empty=True,
)
def euclidean_norm(x: Array, axis: Axes, keepdims: bool) -> Array:
    """Length √(Σ xᵢ²) over axes: ∂y/∂xᵢ = xᵢ / y, and 0 at the zero vector.

    >>> import numpy as np, chainrule as cr
    >>> cr.grad(np.linalg.norm)(np.array([3.0, 4.0]))
    array([0.6, 0.8])
    """
    return np.sqrt(np.sum(np.square(x), axis=axis, keepdims=keepdims))


def _at_corner(x: Array, axis: Axes, **params: Any) -> Any:
    return np.any(x == 0, axis=axis) if params["ord"] < 1 else ~np.any(x, axis=axis)


def _power_norm_vjp(g: Tensor, y: Tensor, x: Tensor, axis: Axes, ord: float = 3.0) -> Tensor:
    """sign(xᵢ)·(|xᵢ| / y)^(p − 1), and 0 where xᵢ or y is 0."""
    flat = logical_or(x == 0.0, y == 0.0)
    ratio = where(flat, ANY, abs(x)) / y
    return where(flat, 0.0, g * (sign(x) * power(ratio, ord - 1.0)))


@reduction(
    vjp=_power_norm_vjp,
    kink=Kink(
        _at_corner,
        "the norm has a corner here; the slope along entries that are 0 is taken as 0",
    ),
    empty=True,
)
def power_norm(x: Array, axis: Axes, keepdims: bool, ord: float = 3.0) -> Array:
    """(Σ |xᵢ|ᵖ)^(1/p) over axes: ∂y/∂xᵢ = sign(xᵢ)·(|xᵢ| / y)^(p − 1), and 0 where xᵢ is 0.

    >>> import numpy as np, chainrule as cr
    >>> np.linalg.norm(cr.variable([2.0, 0.0]), 3)
    Tensor(2.0)
    """
    powers = np.power(np.abs(x), ord)
    return np.power(np.sum(powers, axis=axis, keepdims=keepdims), 1.0 / ord)


@provides("norm", np.linalg.norm)
def norm(x: Operand, ord: Order = None, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The norm of vectors, along one axis, or of matrices, along two; see `numpy.linalg.norm`.

    None     √(Σ xᵢ²), also of all entries of an array with any number of axes
    p        of vectors: (Σ |xᵢ|ᵖ)^(1/p); inf: max |xᵢ|; −inf: min |xᵢ|; 0: how many are not 0
    'fro'    of matrices: √(Σ xᵢⱼ²);  'nuc': Σ σᵢ;  2: max σᵢ;  −2: min σᵢ, for singular values σ
    1, −1    of matrices: max, min over columns of Σᵢ |xᵢⱼ|;  inf, −inf: over rows of Σⱼ |xᵢⱼ|

    The gradient at the zero vector is 0, and so is the slope along an entry that is 0.  Entries or
    sums that are the largest together share the gradient equally.

    Raises OptionError for another `ord`, and ShapeError for other numbers of axes.

    >>> import chainrule as cr
    >>> cr.norm([3.0, 4.0])
    Tensor(5.0)
    >>> cr.norm([[1.0, -2.0], [3.0, 4.0]], 1)
    Tensor(6.0)
    """
    x = _floats(x)
    kept = truth("np.linalg.norm keepdims", keepdims)
    if axis is None:
        axes = tuple(range(x.ndim))
        if ord is None:
            return euclidean_norm(x, axes, kept)
    else:
        given = whole_numbers("np.linalg.norm axis", axis)
        given = (given,) if isinstance(given, int) else given
        axes = tuple(normal_axis(i, x.ndim, "np.linalg.norm") for i in given)
    if len(axes) == 1:
        return _of_vectors(x, 2 if ord is None else ord, axes, kept, "np.linalg.norm")
    if len(axes) != 2 or axes[0] == axes[1]:
        raise ShapeError(
            "np.linalg.norm",
            expected="one axis, for vectors, or two, for matrices",
            got=f"shape {x.shape}, axis={axis}",
            remedy="name them by axis=",
        )
    return _of_matrices(x, "fro" if ord is None else ord, axes, kept, "np.linalg.norm")


@provides("vector_norm", np.linalg.vector_norm)
def vector_norm(x: Operand, *, axis: Axis = None, keepdims: bool = False, ord: float = 2) -> Tensor:
    """The norm of vectors along axes, or of all entries; the kinds are those of `norm`.

    >>> import numpy as np, chainrule as cr
    >>> np.linalg.vector_norm(cr.variable([[3.0], [-4.0]]), ord=np.inf)
    Tensor(4.0)
    """
    x, where_ = _floats(x), "np.linalg.vector_norm"
    axes = normal_axes(axis, x.ndim, where_)
    return _of_vectors(x, ord, axes, truth(f"{where_} keepdims", keepdims), where_)


@provides("matrix_norm", np.linalg.matrix_norm)
def matrix_norm(x: Operand, *, keepdims: bool = False, ord: Order = "fro") -> Tensor:
    """The norm of matrices over the last two axes; the kinds are those of `norm`.

    >>> import numpy as np, chainrule as cr
    >>> np.linalg.matrix_norm(cr.variable([[3.0, 4.0]]), ord="nuc")
    Tensor(5.0)
    """
    x, where_ = _floats(x), "np.linalg.matrix_norm"
    if x.ndim < 2:
        raise ShapeError(where_, expected="two axes or more", got=f"shape {x.shape}")
    kept = truth(f"{where_} keepdims", keepdims)
    return _of_matrices(x, "fro" if ord is None else ord, (x.ndim - 2, x.ndim - 1), kept, where_)


def _floats(x: Operand) -> Tensor:
    x = lift(x)
    return x.astype(floating(x.dtype))


def _of_vectors(x: Tensor, ord: float | str, axes: Axes, keepdims: bool, where_: str) -> Tensor:
    if isinstance(ord, str):
        raise OptionError(f"{where_} ord", expected="a number, for vectors", got=repr(ord))
    p = real_number(f"{where_} ord", ord)
    if p == 2:
        return euclidean_norm(x, axes, keepdims)
    if p == 0:
        return sum(not_equal(x, 0.0).astype(x.dtype), axes, keepdims)
    if p == 1:
        return sum(abs(x), axes, keepdims)
    if np.isinf(p):
        return (max if p > 0 else min)(abs(x), axes, keepdims)
    return power_norm(x, axes, keepdims, ord=float(p))


def _of_matrices(x: Tensor, ord: Any, axes: Axes, keepdims: bool, where_: str) -> Tensor:
    kind = ord if isinstance(ord, str) else real_number(f"{where_} ord", ord)
    if kind in ("fro", "f"):
        return euclidean_norm(x, axes, keepdims)
    if kind in (1, -1, np.inf, -np.inf):
        rows, columns = axes if kind in (1, -1) else axes[::-1]
        found = (max if kind > 0 else min)(sum(abs(x), rows, keepdims=True), columns, keepdims=True)
        return found if keepdims else found.squeeze(axes)
    if kind not in ("nuc", 2, -2):
        raise OptionError(
            f"{where_} ord", expected="'fro', 'nuc', inf, −inf, 1, −1, 2 or −2", got=shown(ord)
        )
    others = tuple(i for i in range(x.ndim) if i not in axes)
    found = {"nuc": sum, 2: max, -2: min}[kind](svdvals(transpose(x, (*others, *axes))), -1)
    return expand_dims(found, axes) if keepdims else found
