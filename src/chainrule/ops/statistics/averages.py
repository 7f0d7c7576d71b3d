"""Weighted averages, covariances and correlations."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.arguments import dtype_of, truth
from chainrule.errors import ShapeError
from chainrule.ops import reductions
from chainrule.ops.define import floating, normal_axes
from chainrule.ops.elementwise import clip, conj, imag, maximum, real, sqrt
from chainrule.ops.movement.axes import atleast_2d
from chainrule.ops.movement.gather import plain
from chainrule.ops.movement.joins import vstack
from chainrule.ops.registry import FUNCTIONS, provides
from chainrule.ops.shapes import broadcast_to, reshape, transpose
from chainrule.ops.tensor import Axis, Operand, Tensor, lift

__all__ = ["average", "corrcoef", "cov"]


@provides("average", np.average)
def average(
    a: Operand,
    axis: Axis = None,
    weights: Operand | None = None,
    returned: bool = False,
    keepdims: bool = False,
) -> Any:
    """Σ wᵢ·xᵢ / Σ wᵢ over axes; weights have the shape of x, or that of the axes.

    >>> average([1.0, 2.0], weights=[3.0, 1.0])
    Tensor(1.25)
    """
    x = lift(a)
    kept = truth("np.average keepdims", keepdims)
    if weights is None:
        found = reductions.mean(x, axis, kept)
        total = lift(np.full(found.shape, x.size / max(found.size, 1), found.dtype))
    else:
        w = _like(x, lift(weights), axis)
        total = reductions.sum(w, axis, kept)
        found = reductions.sum(x * w, axis, kept) / total
    return (found, broadcast_to(total, found.shape)) if returned else found


def _like(x: Tensor, w: Tensor, axis: Axis) -> Tensor:
    """Weights that broadcast against x."""
    if w.shape == x.shape:
        return w
    axes = () if axis is None else normal_axes(axis, x.ndim, "np.average")
    given = (axis,) if isinstance(axis, int) else axis or ()
    places = [i % x.ndim for i in given]
    if w.shape != tuple(x.shape[i] for i in places):
        raise ShapeError(
            "np.average weights",
            expected=f"shape {x.shape}" + (f", or that of axis {axis}" if axes else ""),
            got=f"{w.shape}",
        )
    ordered = transpose(w, [places.index(i) for i in axes])
    return reshape(ordered, [n if i in axes else 1 for i, n in enumerate(x.shape)])


@provides("cov", np.cov)
def cov(
    m: Operand,
    y: Operand | None = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Operand | None = None,
    dtype: Any = None,
) -> Tensor:
    """The covariance matrix of variables, each a row with its observations.

    >>> cov([1.0, 2.0, 3.0])
    Tensor(1.0)
    """
    x = lift(m)
    x = x.astype(floating(x.dtype) if dtype is None else dtype_of("np.cov dtype", dtype))
    x = _rows(x, rowvar, "np.cov")
    if y is not None:
        x = vstack([x, _rows(lift(y).astype(x.dtype), rowvar, "np.cov")])
    freedom = (0 if bias else 1) if ddof is None else ddof
    counts = None if fweights is None else np.asarray(plain(fweights))
    w: Any = None
    if counts is not None:
        w = lift(counts.astype(x.dtype))
    if aweights is not None:
        each = lift(aweights).astype(x.dtype)
        w = each if w is None else w * each
    total: Any = lift(x.shape[1]) if w is None else reductions.sum(w)
    if w is not None and aweights is not None:
        freedom = freedom * (reductions.sum(w * aweights) / total)
    degrees = maximum(real(total - freedom), 0.0)
    centred = x
    for _ in range(2):  # about a large mean, the first one is off by its rounding
        weighted = centred if w is None else centred * w
        centred = centred - reductions.sum(weighted, 1, True) / total.astype(x.dtype)
    weighted = centred if w is None else centred * w
    products = FUNCTIONS["matmul"](centred, conj(transpose(weighted)))
    return (products / degrees.astype(x.dtype)).squeeze()


def _rows(x: Tensor, rowvar: bool, name: str) -> Tensor:
    if x.ndim > 2:
        raise ShapeError(name, expected="at most two axes", got=f"shape {x.shape}")
    rows = atleast_2d(x)
    assert isinstance(rows, Tensor)
    return rows if rowvar or x.ndim < 2 else transpose(rows)


@provides("corrcoef", np.corrcoef)
def corrcoef(
    x: Operand, y: Operand | None = None, rowvar: bool = True, dtype: Any = None
) -> Tensor:
    """The matrix of correlations: covariances over the product of standard deviations.

    >>> corrcoef([1.0, 2.0, 3.0], [3.0, 2.0, 1.0])[0, 1]
    Tensor(-1.0)
    """
    c = cov(x, y, rowvar, dtype=dtype)
    if not c.ndim:
        return c / c
    spread = sqrt(real(FUNCTIONS["diag"](c)))
    found = c / spread[:, None] / spread[None, :]
    if c.dtype.kind != "c":
        return clip(found, -1.0, 1.0)
    return clip(real(found), -1.0, 1.0) + 1j * clip(imag(found), -1.0, 1.0)
