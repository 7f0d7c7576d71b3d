"""Sums, also cumulative ones, means, variances, extremes and products over axes."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from chainrule.arguments import lengths
from chainrule.errors import ShapeError
from chainrule.graph import Array, Kink, Spec
from chainrule.ops.define import (
    accumulating,
    apply,
    floating,
    normal_axis,
    primitive,
    real_part,
    reduction,
    same,
)
from chainrule.ops.dependence import AlongAxis
from chainrule.ops.elementwise import conj, root, where
from chainrule.ops.reductions.centred import centred, without_mean
from chainrule.ops.registry import provides
from chainrule.ops.shapes import broadcast_to, reshape
from chainrule.ops.tensor import Axis, Operand, Tensor, lift

__all__ = ["cumsum", "max", "mean", "min", "prod", "std", "sum", "sum_to", "var"]

Axes = tuple[int, ...]


def _count(x: Tensor | Array, axis: Axes) -> int:
    return math.prod(x.shape[i] for i in axis)


def _degrees(x: Tensor | Array, axis: Axes, ddof: int) -> int:
    """The degrees of freedom n − ddof, none if there are fewer numbers than that, as in NumPy."""
    return builtins.max(_count(x, axis) - ddof, 0)


@reduction(
    vjp=lambda g, y, x, axis: broadcast_to(g, x.shape),
    dtype=accumulating,
    empty=True,
    additive=True,
    complex=True,
)
def sum(x: Array, axis: Axes, keepdims: bool) -> Array:
    """Sum over axes.  Each term gets the upstream gradient unchanged: ∂y/∂xᵢ = 1.

    >>> import chainrule as cr
    >>> cr.sum([[1.0, 2.0], [3.0, 4.0]], axis=0)
    Tensor([4., 6.])
    """
    return np.sum(x, axis=axis, keepdims=keepdims)


_CUMSUM = primitive(
    "cumsum",
    lambda x, axis: np.cumsum(x, axis),
    shape=lambda spec, axis: Spec(spec.shape, accumulating(spec.dtype)),
    complex=True,
    vjp=(lambda g, y, x, axis: _reversed(cumsum(_reversed(g, axis), axis), axis),),
    dependence=AlongAxis(lambda yi, yj, same: 1.0, running=True),
)


def _reversed(x: Tensor, axis: int) -> Tensor:
    return x[(slice(None),) * axis + (slice(None, None, -1),)]


@provides("cumsum")
def cumsum(x: Operand, axis: int | None = None) -> Tensor:
    """Cumulative sum along an axis, or of all entries; the gradient is summed from the end.

    >>> import chainrule as cr
    >>> cr.cumsum([1.0, 2.0, 3.0])
    Tensor([1., 3., 6.])
    """
    x = lift(x)
    if axis is None:
        x, axis = x if x.ndim == 1 else reshape(x, -1), 0
    return apply(_CUMSUM, x, axis=normal_axis(axis, x.ndim, "cumsum"))


@reduction(
    vjp=lambda g, y, x, axis: broadcast_to(g / _count(x, axis), x.shape),
    empty=True,
    additive=True,
    complex=True,
)
def mean(x: Array, axis: Axes, keepdims: bool) -> Array:
    """Mean over axes: ∂y/∂xᵢ = 1/n.  Of no entries, it is nan, with NumPy's RuntimeWarning.

    >>> import numpy as np, chainrule as cr
    >>> cr.grad(cr.mean)(np.array([1.0, 2.0, 6.0, 7.0]))
    array([0.25, 0.25, 0.25, 0.25])
    """
    return np.mean(x, axis=axis, keepdims=keepdims)


def _squares(x: Array) -> Array:
    """|x|²."""
    return np.real(x) ** 2 + np.imag(x) ** 2 if np.iscomplexobj(x) else x**2


def _var_on_paper(x: Array, axis: Axes, keepdims: bool, ddof: int = 0) -> Array:
    squares = (x - np.mean(x, axis=axis, keepdims=True)) ** 2
    return np.sum(squares, axis=axis, keepdims=keepdims) / _degrees(x, axis, ddof)


def _of_variance(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return real_part(floating(dtype))


@reduction(
    vjp=lambda g, y, x, axis, ddof=0: g * 2.0 / _degrees(x, axis, ddof) * conj(centred(x, axis)),
    notation=_var_on_paper,
    dtype=_of_variance,
    empty=True,
    complex=True,
)
def var(x: Array, axis: Axes, keepdims: bool, ddof: int = 0) -> Array:
    """Variance over axes, Σ|xᵢ − x̄|² / (n − ddof): ∂y/∂xᵢ = 2(xᵢ − x̄) / (n − ddof).

    The gradient of complex xᵢ is the conjugate of that.

    >>> import chainrule as cr
    >>> cr.var([1.0, 3.0])
    Tensor(1.0)
    """
    x = x.astype(floating(x.dtype), copy=False)
    squares = _squares(without_mean(x, axis))
    return np.sum(squares, axis=axis, keepdims=keepdims) / _degrees(x, axis, ddof)


@provides("std")
def std(x: Operand, axis: Axis = None, keepdims: bool = False, ddof: float = 0) -> Tensor:
    """Standard deviation over axes: the square root of `var`, with derivative 0 where that is 0.

    >>> import chainrule as cr
    >>> cr.std([1.0, 3.0])
    Tensor(1.0)
    """
    return root(var(x, axis, keepdims, ddof=ddof))


def _extreme_vjp(g: Tensor, y: Tensor, x: Tensor, axis: Axes) -> Tensor:
    """Give the gradient to the entries equal to the extreme; ties share it equally."""
    reached = (x == y).astype(x.dtype)
    return g * (reached / sum(reached, axis, keepdims=True))


def _at_tie(extreme: Any) -> Any:
    def at(x: Array, axis: Axes, **_: Any) -> Any:
        return np.sum(x == extreme(x, axis=axis, keepdims=True), axis=axis) > 1

    return at


@reduction(
    vjp=_extreme_vjp,
    dtype=same,
    kink=Kink(_at_tie(np.max), "a tie: the largest entries share the gradient of max equally"),
    complex=True,
)
def max(x: Array, axis: Axes, keepdims: bool) -> Array:
    """Largest entry along axes; it alone gets the gradient, and ties share it equally.

    >>> import numpy as np, chainrule as cr
    >>> cr.grad(cr.max)(np.array([1.0, 7.0, 7.0]))
    array([0. , 0.5, 0.5])
    """
    return np.max(x, axis=axis, keepdims=keepdims)


@reduction(
    vjp=_extreme_vjp,
    dtype=same,
    kink=Kink(_at_tie(np.min), "a tie: the smallest entries share the gradient of min equally"),
    complex=True,
)
def min(x: Array, axis: Axes, keepdims: bool) -> Array:
    """Smallest entry along axes; it alone gets the gradient, and ties share it equally.

    >>> import chainrule as cr
    >>> cr.min([3.0, 1.0, 2.0])
    Tensor(1.0)
    """
    return np.min(x, axis=axis, keepdims=keepdims)


def _prod_vjp(g: Tensor, y: Tensor, x: Tensor, axis: Axes) -> Tensor:
    """g times the product of the other entries, exact at zeros.

    They are the products of the rows of an n × n array, where row i has 1 in place of entry i.
    """
    rest = tuple(i for i in range(x.ndim) if i not in axis)
    n = _count(x, axis)
    order = (*rest, *axis)
    rows = reshape(x.transpose(*order), (*(x.shape[i] for i in rest), 1, n))
    others = prod(where(np.eye(n, dtype=bool), 1.0, rows), axis=-1)
    back = reshape(others, tuple(x.shape[i] for i in order)).transpose(*map(int, np.argsort(order)))
    return g * back


@reduction(vjp=_prod_vjp, dtype=accumulating, empty=True, complex=True)
def prod(x: Array, axis: Axes, keepdims: bool) -> Array:
    """Product over axes: ∂y/∂xᵢ is the product of the other entries, also at zeros.

    The gradient takes O(n²) operations for n entries.

    >>> import numpy as np, chainrule as cr
    >>> cr.grad(cr.prod)(np.array([2.0, 0.0, 5.0]))
    array([ 0., 10.,  0.])
    """
    return np.prod(x, axis=axis, keepdims=keepdims)


@provides("sum_to")
def sum_to(x: Operand, shape: tuple[int, ...]) -> Tensor:
    """Sum over the axes along which `shape` was broadcast: the transpose of broadcasting.

    >>> import numpy as np, chainrule as cr
    >>> cr.sum_to(np.ones((3, 2)), (1, 2))
    Tensor([[3., 3.]])
    """
    x = lift(x)
    if type(shape) is tuple and x.shape == shape:
        return x
    shape = lengths("sum_to", shape)
    extra = x.ndim - len(shape)
    if extra < 0 or any(n not in (1, m) for n, m in zip(shape, x.shape[extra:], strict=True)):
        raise ShapeError("sum_to", expected=f"a shape that broadcasts to {x.shape}", got=f"{shape}")
    axes = [i + extra for i, n in enumerate(shape) if n == 1 and x.shape[i + extra] != 1]
    return reshape(sum(x, (*range(extra), *axes)), shape)
