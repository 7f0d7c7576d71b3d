"""Diagonals and triangles of matrices, grids of coordinates, and edges around arrays."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from chainrule.arguments import shown, whole_number
from chainrule.errors import OptionError, ShapeError
from chainrule.ops.define import broadcast_shapes, normal_axis
from chainrule.ops.elementwise import mul, where
from chainrule.ops.indexing import put_add
from chainrule.ops.indexing.getitem import ARRAY
from chainrule.ops.movement.gather import flat, moved, plain
from chainrule.ops.registry import provides
from chainrule.ops.shapes import broadcast_to, pad, reshape, stack, transpose
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["broadcast_arrays", "diag", "diagflat", "diagonal", "meshgrid", "tril", "triu", "vander"]

MOVES = ("edge", "reflect", "symmetric", "wrap")
"""The modes of `np.pad` that repeat entries of the array."""


@provides("diag", np.diag)
def diag(v: Operand, k: int = 0) -> Tensor:
    """The k-th diagonal of a matrix; of a vector, the matrix with that diagonal.

    >>> diag([1.0, 2.0])
    Tensor([[1., 0.],
            [0., 2.]])
    """
    x, offset = lift(v), whole_number("np.diag k", k)
    if x.ndim == 2:
        return diagonal(x, offset)
    if x.ndim != 1:
        raise ShapeError("np.diag", expected="a vector or a matrix", got=f"shape {x.shape}")
    n = x.size + abs(offset)
    first = np.arange(x.size)
    rows, columns = lift(first + max(-offset, 0)), lift(first + max(offset, 0))
    return put_add(x, rows, columns, index=(ARRAY, ARRAY), shape=(n, n))


@provides("diagonal", np.diagonal)
def diagonal(
    a: Operand, offset: int = 0, axis1: int = 0, axis2: int = 1, name: str = "np.diagonal"
) -> Tensor:
    """The entries on a diagonal of two axes, along a new last axis.

    >>> diagonal([[1.0, 2.0], [3.0, 4.0]])
    Tensor([1., 4.])
    """
    x, shift = lift(a), whole_number(f"{name} offset", offset)
    if x.ndim < 2:
        raise ShapeError(name, expected="two axes or more", got=f"shape {x.shape}")
    first, second = (normal_axis(axis, x.ndim, name) for axis in (axis1, axis2))
    if first == second:
        raise ShapeError(name, expected="two different axes", got=f"{axis1} and {axis2}")
    rest = [i for i in range(x.ndim) if i not in (first, second)]
    order = [*rest, first, second]
    matrices = x if order == list(range(x.ndim)) else transpose(x, order)
    rows, columns = np.arange(matrices.shape[-2]), np.arange(matrices.shape[-1])
    rows = rows[(rows + shift >= 0) & (rows + shift < len(columns))]
    return matrices[..., rows, rows + shift]


@provides("diagflat", np.diagflat)
def diagflat(v: Operand, k: int = 0) -> Tensor:
    """The matrix with all entries of `v` on its k-th diagonal.

    >>> diagflat([[1.0], [2.0]])
    Tensor([[1., 0.],
            [0., 2.]])
    """
    return diag(flat(v), k)


@provides("tril", np.tril)
def tril(m: Operand, k: int = 0) -> Tensor:
    """The entries on and below the k-th diagonal, and 0 above.

    >>> tril([[1.0, 2.0], [3.0, 4.0]])
    Tensor([[1., 0.],
            [3., 4.]])
    """
    return _triangle("np.tril", m, k, below=True)


@provides("triu", np.triu)
def triu(m: Operand, k: int = 0) -> Tensor:
    """The entries on and above the k-th diagonal, and 0 below.

    >>> triu([[1.0, 2.0], [3.0, 4.0]])
    Tensor([[1., 2.],
            [0., 4.]])
    """
    return _triangle("np.triu", m, k, below=False)


def _triangle(name: str, m: Operand, k: int, below: bool) -> Tensor:
    x, offset = lift(m), whole_number(f"{name} k", k)
    if not x.ndim:
        raise ShapeError(name, expected="an array of one or more axes", got="shape ()")
    mask = np.tri(*x.shape[-2:], k=offset if below else offset - 1, dtype=bool)
    return where(mask if below else ~mask, x, np.zeros((), x.dtype))


@provides("vander", np.vander)
def vander(x: Operand, N: int | None = None, increasing: bool = False) -> Tensor:
    """The matrix whose columns are the powers of a vector: xᴺ⁻¹, …, x, 1.

    >>> vander([2.0, 3.0], 3)
    Tensor([[4., 2., 1.],
            [9., 3., 1.]])
    """
    x = lift(x)
    if x.ndim != 1:
        raise ShapeError("np.vander", expected="a vector", got=f"shape {x.shape}")
    count = x.size if N is None else whole_number("np.vander N", N, 0)
    powers = [lift(np.ones(x.shape, x.dtype))]
    for _ in range(count - 1):
        powers.append(mul(powers[-1], x) if len(powers) > 1 else x)
    columns = powers[:count] if increasing else powers[:count][::-1]
    return stack(columns, 1) if count else lift(np.zeros((x.size, 0), x.dtype))


@provides("broadcast_arrays", np.broadcast_arrays)
def broadcast_arrays(*args: Operand, subok: bool = False) -> tuple[Tensor, ...]:
    """All arrays in the shape to which they broadcast together.

    >>> [x.shape for x in broadcast_arrays(1.0, [1.0, 2.0])]
    [(2,), (2,)]
    """
    tensors = [lift(arg) for arg in args]
    shape = broadcast_shapes(*(tensor.shape for tensor in tensors))
    return tuple(broadcast_to(tensor, shape) for tensor in tensors)


@provides("meshgrid", np.meshgrid)
def meshgrid(
    *xi: Operand, copy: bool = True, sparse: bool = False, indexing: str = "xy"
) -> tuple[Tensor, ...]:
    """The coordinates of all points of a grid, an array for each axis.

    >>> x, y = meshgrid([1.0, 2.0], [3.0])
    >>> x, y
    (Tensor([[1., 2.]]), Tensor([[3., 3.]]))
    """
    if indexing not in ("xy", "ij"):
        raise OptionError("np.meshgrid indexing", expected="'xy' or 'ij'", got=shown(indexing))
    order = list(range(len(xi)))
    if indexing == "xy" and len(xi) > 1:
        order[:2] = [1, 0]
    shaped = [
        reshape(x, [-1 if i == place else 1 for i in range(len(xi))])
        for x, place in zip(xi, order, strict=True)
    ]
    return tuple(shaped) if sparse else broadcast_arrays(*shaped)


@provides("pad by NumPy's modes", np.pad)
def _pad(array: Operand, pad_width: Any, mode: Any = "constant", **options: Any) -> Tensor:
    x = lift(array)
    if mode in MOVES:
        kind = options.pop("reflect_type", "even")
        if options or kind != "even":
            got = ", ".join(options) or f"reflect_type={shown(kind)}"
            raise OptionError("np.pad", expected=f"no other option for mode {mode!r}", got=got)
        return moved(np.pad, x, pad_width=pad_width, mode=mode)
    fill = options.pop("constant_values", 0)
    if mode != "constant" or options:
        raise OptionError(
            "np.pad",
            expected=f"mode 'constant', {', '.join(map(repr, MOVES))}",
            got=", ".join([f"mode={shown(mode)}", *options]),
        )
    if isinstance(pad_width, dict):
        pad_width = _pairs(x, cast("dict[int, Any]", pad_width))
    padded = pad(x, plain(pad_width))
    if isinstance(fill, (int, float)) and fill == 0:
        return padded
    inside = pad(np.ones(x.shape, bool), plain(pad_width))
    if isinstance(fill, Tensor) and fill.ndim == 0:
        return where(inside, padded, fill.astype(x.dtype))
    edges = np.pad(np.zeros(x.shape, x.dtype), pad_width, constant_values=plain(fill))
    return where(inside, padded, edges)


def _pairs(x: Tensor, widths: dict[int, Any]) -> list[tuple[int, int]]:
    found = [(0, 0)] * x.ndim
    for axis, width in widths.items():
        before, after = np.broadcast_to(width, 2)
        found[axis] = (int(before), int(after))
    return found
