"""Arrays made after the shape of others, filled with numbers, and numbers at equal distances."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.arguments import dtype_of, lengths, truth, whole_number
from chainrule.graph import Array
from chainrule.ops.define import floating, lift_together, normal_axis
from chainrule.ops.elementwise import power
from chainrule.ops.movement.axes import moveaxis
from chainrule.ops.registry import provides
from chainrule.ops.shapes import broadcast_to, expand_dims
from chainrule.ops.tensor import Operand, Tensor, constant, lift

__all__ = ["full", "full_like", "geomspace", "linspace", "logspace"]

# `order`, `subok` and `device` say how an array lies in memory; they change no entry


def _like(a: Operand, dtype: Any, shape: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """The shape and dtype of an array like `a`; it may be a tensor without a value."""
    spec = lift(a).spec
    return (
        spec.shape if shape is None else lengths("shape", shape),
        spec.dtype if dtype is None else dtype_of("dtype", dtype),
    )


@provides("zeros like another array", np.zeros_like, np.empty_like)
def _zeros_like(
    a: Operand,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
    device: Any = None,
) -> Tensor:
    return constant(np.zeros(*_like(a, dtype, shape)))


@provides("ones like another array", np.ones_like)
def _ones_like(
    a: Operand,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
    device: Any = None,
) -> Tensor:
    return constant(np.ones(*_like(a, dtype, shape)))


@provides("full_like", np.full_like)
def full_like(
    a: Operand,
    fill_value: Operand,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
    device: Any = None,
) -> Tensor:
    """An array of this shape and dtype, filled with a number or with what broadcasts to it.

    >>> full_like([1.0, 2.0], 3.0)
    Tensor([3., 3.])
    """
    wanted, kind = _like(a, dtype, shape)
    return broadcast_to(lift(fill_value).astype(kind), wanted)


@provides("full", np.full)
def full(
    shape: Any,
    fill_value: Operand,
    dtype: Any = None,
    order: str = "C",
    device: Any = None,
    like: Any = None,
) -> Tensor:
    """An array of this shape, filled with a number or with what broadcasts to it.

    >>> full(2, 3.0)
    Tensor([3., 3.])
    """
    fill = lift(fill_value)
    kind = fill.dtype if dtype is None else dtype_of("np.full dtype", dtype)
    return broadcast_to(fill.astype(kind), lengths("np.full", shape))


@provides("linspace", np.linspace)
def linspace(
    start: Operand,
    stop: Operand,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    device: Any = None,
) -> Any:
    """Numbers at equal distances: (1 − t)·start + t·stop for t from 0 to 1.

    >>> linspace(1.0, 2.0, 3)
    Tensor([1. , 1.5, 2. ])
    """
    first, last = lift_together(start, stop)
    kind = floating(first.dtype, last.dtype)
    first, last = first.astype(kind), last.astype(kind)
    count = whole_number("np.linspace num", num, 0)
    gaps = count - 1 if truth("np.linspace endpoint", endpoint) else count
    axes = max(first.ndim, last.ndim)
    t = _fractions(count, gaps, axes, kind)
    found = first * (1 - t) + last * t
    found = _with_points_along("np.linspace", found, axis)
    if dtype is not None:
        wanted = dtype_of("np.linspace dtype", dtype)
        found = (np.floor(found) if wanted.kind in "iu" else found).astype(wanted)
    return (found, (last - first) / (gaps or np.nan)) if retstep else found


def _fractions(count: int, gaps: int, axes: int, dtype: np.dtype[Any]) -> Array:
    """k/gaps for k = 0, 1, …, along a first axis in front of `axes` others."""
    t = np.arange(count) / (gaps or 1)
    return t.astype(dtype).reshape(-1, *(1,) * axes)


def _with_points_along(name: str, found: Tensor, axis: int) -> Tensor:
    """The first axis, that of the points, moved to the position that is asked for."""
    position = normal_axis(axis, found.ndim, name)
    return moveaxis(found, 0, position) if position else found


@provides("logspace", np.logspace)
def logspace(
    start: Operand,
    stop: Operand,
    num: int = 50,
    endpoint: bool = True,
    base: Operand = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Tensor:
    """Powers of a base whose exponents are at equal distances.

    >>> logspace(0.0, 2.0, 3)
    Tensor([  1.,  10., 100.])
    """
    ends, bases = lift_together(start, stop), lift(base)
    axes = max(end.ndim for end in (*ends, bases))
    first, last, bases = (
        x.reshape((1,) * (axes - x.ndim) + x.shape) if bases.ndim else x for x in (*ends, bases)
    )
    exponents = linspace(first, last, num, endpoint, axis=axis)
    found = power(expand_dims(bases, axis) if bases.ndim else base, exponents)
    return found if dtype is None else found.astype(dtype)


@provides("geomspace", np.geomspace)
def geomspace(
    start: Operand,
    stop: Operand,
    num: int = 50,
    endpoint: bool = True,
    dtype: Any = None,
    axis: int = 0,
) -> Tensor:
    """Numbers of one sign with equal ratios: start·(stop/start)ᵗ for t from 0 to 1.

    >>> geomspace(1.0, 4.0, 3)
    Tensor([1., 2., 4.])
    """
    first, last = lift_together(start, stop)
    axes = max(first.ndim, last.ndim)
    t = linspace(np.zeros((), floating(first.dtype, last.dtype)), 1.0, num, endpoint)
    found = first * power(last / first, t.reshape(-1, *(1,) * axes))
    found = _with_points_along("np.geomspace", found, axis)
    return found if dtype is None else found.astype(dtype)
