"""Reductions, and other operations along axes: sums, statistics, extremes, norms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule import ops
from chainrule.interop.torch.operations.registry import operation
from chainrule.ops import Tensor
from chainrule.ops.tensor import Axis

__all__: list[str] = []

Dims = int | Sequence[int] | None


def _axes(dims: Dims) -> Axis:
    """PyTorch's axes in NumPy's form: an empty list means all axes."""
    if dims is None or isinstance(dims, int):
        return dims
    return tuple(dims) or None


def _cast(x: Tensor, dtype: Any) -> Tensor:
    return x if dtype is None else x.astype(dtype)


@operation("sum")
def sum(x: Tensor, dims: Dims = None, keepdim: bool = False, dtype: Any = None) -> Tensor:
    return ops.sum(_cast(x, dtype), _axes(dims), keepdim)


@operation("mean")
def mean(x: Tensor, dims: Dims = None, keepdim: bool = False, dtype: Any = None) -> Tensor:
    return ops.mean(_cast(x, dtype), _axes(dims), keepdim)


def _ddof(unbiased: bool | None, correction: float | None) -> int:
    """The number subtracted from the count: 1 (Bessel's correction), unless one is given."""
    return int(correction) if correction is not None else int(unbiased is not False)


@operation("var")
def var(
    x: Tensor,
    dims: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Tensor:
    if isinstance(dims, bool):  # the overload without axes
        dims, unbiased = None, dims
    return ops.var(x, _axes(dims), keepdim, ddof=_ddof(unbiased, correction))


@operation("std")
def std(x: Tensor, *arguments: Any, **options: Any) -> Tensor:
    return ops.sqrt(var(x, *arguments, **options))


@operation("var_mean")
def var_mean(x: Tensor, dims: Any = None, *arguments: Any, **options: Any) -> list[Tensor]:
    axes = None if isinstance(dims, bool) else _axes(dims)
    keepdim = bool(options.get("keepdim", arguments[1] if len(arguments) > 1 else False))
    return [var(x, dims, *arguments, **options), ops.mean(x, axes, keepdim)]


@operation("amax")
def amax(x: Tensor, dims: Dims = None, keepdim: bool = False) -> Tensor:
    return ops.max(x, _axes(dims), keepdim)


@operation("amin")
def amin(x: Tensor, dims: Dims = None, keepdim: bool = False) -> Tensor:
    return ops.min(x, _axes(dims), keepdim)


@operation("max")
def max(x: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    """The largest entry; the larger of two tensors; or the largest along an axis, and its index."""
    if isinstance(dim, Tensor):
        return ops.maximum(x, dim)
    return ops.max(x) if dim is None else [ops.max(x, dim, keepdim), argmax(x, dim, keepdim)]


@operation("min")
def min(x: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    """Like `max`, for the smallest entry."""
    if isinstance(dim, Tensor):
        return ops.minimum(x, dim)
    return ops.min(x) if dim is None else [ops.min(x, dim, keepdim), argmin(x, dim, keepdim)]


@operation("argmax", named=False)
def argmax(x: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """The first index of the largest entry."""
    return _first(ops.max, x, dim, keepdim)


@operation("argmin", named=False)
def argmin(x: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """The first index of the smallest entry; −x would wrap for unsigned integers."""
    return _first(ops.min, x, dim, keepdim)


def _first(extreme: Callable[..., Tensor], x: Tensor, dim: int | None, keepdim: bool) -> Tensor:
    """The first index where x is its extreme along an axis, which NaN is if there is one."""
    if dim is None or not x.ndim:
        found = _first(extreme, ops.reshape(x, -1), 0, False)
        return ops.reshape(found, (1,) * x.ndim) if keepdim else found
    dim %= x.ndim
    indices = np.arange(x.shape[dim]).reshape(-1, *(1,) * (x.ndim - dim - 1))
    reached = ops.equal(x, extreme(x, dim, keepdims=True))
    if x.dtype.kind == "f":
        reached = ops.where(ops.equal(x, x), reached, True)
    return ops.min(ops.where(reached, indices, x.shape[dim]), dim, keepdim)


@operation("prod")
def prod(x: Tensor, dim: int | None = None, keepdim: bool = False, dtype: Any = None) -> Tensor:
    return ops.prod(_cast(x, dtype), dim, keepdim)


@operation("logsumexp")
def logsumexp(x: Tensor, dims: Dims, keepdim: bool = False) -> Tensor:
    return ops.logsumexp(x, _axes(dims), keepdim)


@operation("cumsum")
def cumsum(x: Tensor, dim: int, dtype: Any = None) -> Tensor:
    return ops.cumsum(_cast(x, dtype), dim)


@operation("any", named=False)
def any(x: Tensor, dims: Dims = None, keepdim: bool = False) -> Tensor:
    return ops.max(ops.not_equal(x, False).astype(int), _axes(dims), keepdim).astype(bool)


@operation("all", named=False)
def all(x: Tensor, dims: Dims = None, keepdim: bool = False) -> Tensor:
    return ops.min(ops.not_equal(x, False).astype(int), _axes(dims), keepdim).astype(bool)


@operation("linalg_vector_norm")
def vector_norm(
    x: Tensor, order: float = 2, dims: Dims = None, keepdim: bool = False, dtype: Any = None
) -> Tensor:
    x, axes = _cast(x, dtype), _axes(dims)
    if order == 2:
        return ops.sqrt(ops.sum(ops.square(x), axes, keepdim))
    size = ops.abs(x)
    if order == float("inf"):
        return ops.max(size, axes, keepdim)
    return (
        size.sum(axes, keepdim) if order == 1 else (size**order).sum(axes, keepdim) ** (1 / order)
    )
