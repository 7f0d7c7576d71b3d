"""Cumulative sums and products with NumPy's own arguments."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.arguments import truth
from chainrule.errors import OptionError
from chainrule.graph import Array, Spec
from chainrule.ops import reductions
from chainrule.ops.define import accumulating, apply, normal_axis, primitive
from chainrule.ops.elementwise import equal, where
from chainrule.ops.movement.gather import flat
from chainrule.ops.registry import provides
from chainrule.ops.shapes import concatenate, expand_dims, swapaxes
from chainrule.ops.statistics.options import in_dtype
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["cumprod"]


def _cumprod(x: Array, axis: int) -> Array:
    return np.cumprod(x, axis)


def _cumprod_vjp(g: Tensor, y: Tensor, x: Tensor, axis: int) -> Tensor:
    """gⱼ summed over the products that have xᵢ as a factor, times their other factors.

    These are the cumulative products of the rows of an n × n array, where row i has 1 in place of
    entry i; so there is no division by entries, which may be 0.
    """
    n = x.shape[axis]
    last = expand_dims(swapaxes(x, axis, -1), -2)
    others = apply(_CUMPROD, where(np.eye(n, dtype=bool), 1.0, last), axis=x.ndim)
    later = where(np.tri(n, dtype=bool).T, others, 0.0)  # the product j ≥ i has xᵢ as a factor
    back = reductions.sum(expand_dims(swapaxes(g, axis, -1), -2) * later, -1)
    return swapaxes(back, axis, -1)


_CUMPROD = primitive(
    "cumprod",
    _cumprod,
    shape=lambda spec, axis: Spec(spec.shape, accumulating(spec.dtype)),
    vjp=(_cumprod_vjp,),
    complex=True,
)


@provides("cumprod", np.cumprod)
def cumprod(a: Operand, axis: int | None = None, dtype: Any = None) -> Tensor:
    """Cumulative product along an axis, or of all entries: yⱼ = x₀·x₁·…·xⱼ.

    ∂yⱼ/∂xᵢ is the product of the other factors, also at zeros; it takes O(n²) operations.

    >>> cumprod([1.0, 2.0, 3.0])
    Tensor([1., 2., 6.])
    """
    x, position = _line("np.cumprod", a, axis)
    return in_dtype(_along, x, dtype, position)


def _along(x: Tensor, axis: int) -> Tensor:
    return apply(_CUMPROD, x, axis=axis)


@provides("cumsum with options", np.cumsum)
def _cumsum(a: Operand, axis: int | None = None, dtype: Any = None) -> Tensor:
    x, position = _line("np.cumsum", a, axis)
    return in_dtype(reductions.cumsum, x, dtype, position)


def _line(name: str, a: Operand, axis: int | None) -> tuple[Tensor, int]:
    """The array and a position of the axis; all entries along one axis if none is given."""
    x = lift(a)
    return (flat(x), 0) if axis is None else (x, normal_axis(axis, x.ndim, name))


@provides("nancumsum", np.nancumsum)
def _nancumsum(a: Operand, axis: int | None = None, dtype: Any = None) -> Tensor:
    return _cumsum(_without_nan(a, 0), axis, dtype)


@provides("nancumprod", np.nancumprod)
def _nancumprod(a: Operand, axis: int | None = None, dtype: Any = None) -> Tensor:
    return cumprod(_without_nan(a, 1), axis, dtype)


def _without_nan(a: Operand, neutral: int) -> Tensor:
    x = lift(a)
    return where(equal(x, x), x, np.asarray(neutral, x.dtype)) if x.dtype.kind in "fc" else x


def _inclusive(name: str, function: Any, first: int) -> Any:
    def record(
        x: Operand, axis: int | None = None, dtype: Any = None, include_initial: bool = False
    ) -> Tensor:
        tensor = lift(x)
        if axis is None and tensor.ndim > 1:
            raise OptionError(name, expected="an axis, for several axes", got="axis=None")
        found: Tensor = function(tensor, axis, dtype)
        if not truth(f"{name} include_initial", include_initial):
            return found
        position = normal_axis(0 if axis is None else axis, found.ndim, name)
        shape = [1 if i == position else n for i, n in enumerate(found.shape)]
        return concatenate([np.full(shape, first, found.dtype), found], position)

    return record


if hasattr(np, "cumulative_sum"):
    provides("cumulative_sum", np.cumulative_sum)(_inclusive("np.cumulative_sum", _cumsum, 0))
    provides("cumulative_prod", np.cumulative_prod)(_inclusive("np.cumulative_prod", cumprod, 1))
