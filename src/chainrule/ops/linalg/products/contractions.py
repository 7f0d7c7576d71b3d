"""Sums of products over the last, the first, or any other axes of two arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from chainrule.arguments import shown, whole_number, whole_numbers
from chainrule.errors import OptionError, ShapeError
from chainrule.ops.define import lift_together, normal_axis
from chainrule.ops.elementwise import mul
from chainrule.ops.linalg.inverse import inv
from chainrule.ops.linalg.matmul import matmul
from chainrule.ops.registry import provides
from chainrule.ops.shapes import broadcast_to, reshape, transpose
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["dot", "inner", "kron", "matrix_power", "multi_dot", "tensordot"]

Axes = tuple[int, ...]


@provides("dot", np.dot)
def dot(a: Operand, b: Operand) -> Tensor:
    """`numpy.dot`: over the last axis of a and the last but one of b; with a scalar, a product.

    >>> import chainrule as cr
    >>> cr.dot([1.0, 2.0], [3.0, 4.0])
    Tensor(11.0)
    """
    left, right = lift_together(a, b)
    if not (left.ndim and right.ndim):
        return mul(left, right)
    if right.ndim <= 2:
        return matmul(left, right)
    return _contracted("np.dot", left, right, (left.ndim - 1,), (right.ndim - 2,))


@provides("inner", np.inner)
def inner(a: Operand, b: Operand) -> Tensor:
    """`numpy.inner`: over the last axes of both; with a scalar, a product.

    >>> import chainrule as cr
    >>> cr.inner([[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0])
    Tensor([3., 7.])
    """
    left, right = lift_together(a, b)
    if not (left.ndim and right.ndim):
        return mul(left, right)
    if right.ndim == 1:
        return matmul(left, right)
    return _contracted("np.inner", left, right, (left.ndim - 1,), (right.ndim - 1,))


@provides("tensordot", np.tensordot, np.linalg.tensordot)
def tensordot(a: Operand, b: Operand, axes: Any = 2) -> Tensor:
    """`numpy.tensordot`: over the last axes of a and the first of b, or over any pairs of axes.

    `axes` is the number of axes, or the axes of a and those of b, in the same order.

    >>> import numpy as np, chainrule as cr
    >>> cr.tensordot(np.ones((2, 3, 4)), np.ones((4, 3)), axes=([2, 1], [0, 1]))
    Tensor([12., 12.])
    """
    left, right = lift_together(a, b)
    of_left, of_right = _axes_of_both(axes, left.ndim, right.ndim)
    return _contracted("np.tensordot", left, right, of_left, of_right)


def _axes_of_both(axes: Any, left: int, right: int) -> tuple[Axes, Axes]:
    where, found = "np.tensordot axes", list[Axes]()
    if not isinstance(axes, (Sequence, np.ndarray)) or isinstance(axes, str):
        count = whole_number(where, axes, 0)
        if count > min(left, right):
            raise ShapeError(where, expected=f"at most {min(left, right)}", got=f"{count}")
        return tuple(range(left - count, left)), tuple(range(count))
    pair = list(cast("Sequence[Any]", axes))
    if len(pair) != 2:
        raise OptionError(where, expected="a number, or axes of both operands", got=shown(axes))
    for one, ndim in zip(pair, (left, right), strict=True):
        numbers = whole_numbers(where, one)
        several = (numbers,) if isinstance(numbers, int) else numbers
        found.append(tuple(normal_axis(i, ndim, where) for i in several))
    return found[0], found[1]


def _contracted(name: str, a: Tensor, b: Tensor, of_a: Axes, of_b: Axes) -> Tensor:
    """One product of matrices, with the summed axes as the columns of a and the rows of b."""
    lengths = [a.shape[i] for i in of_a]
    if lengths != [b.shape[i] for i in of_b] or len({*of_a}) + len({*of_b}) != 2 * len(of_a):
        raise ShapeError(
            name,
            expected="distinct axes of equal lengths to sum over",
            got=f"axes {of_a} of shape {a.shape} and {of_b} of shape {b.shape}",
        )
    if b.ndim <= 2 and of_a == (a.ndim - 1,) and of_b == (0,):
        return matmul(a, b)
    rest_a = tuple(i for i in range(a.ndim) if i not in of_a)
    rest_b = tuple(i for i in range(b.ndim) if i not in of_b)
    shape_a, shape_b = tuple(a.shape[i] for i in rest_a), tuple(b.shape[i] for i in rest_b)
    n = math.prod(lengths)
    left = reshape(_ordered(a, rest_a + of_a), (math.prod(shape_a), n))
    right = reshape(_ordered(b, of_b + rest_b), (n, math.prod(shape_b)))
    return reshape(matmul(left, right), shape_a + shape_b)


def _ordered(x: Tensor, axes: Axes) -> Tensor:
    return x if axes == tuple(range(x.ndim)) else transpose(x, axes)


@provides("kron", np.kron)
def kron(a: Operand, b: Operand) -> Tensor:
    """The Kronecker product: b, multiplied by each entry of a, in the order of the entries of a.

    >>> import chainrule as cr
    >>> cr.kron([1.0, 10.0], [1.0, 2.0])
    Tensor([ 1.,  2., 10., 20.])
    """
    left, right = lift_together(a, b)
    ndim = max(left.ndim, right.ndim)
    shape_a = (1,) * (ndim - left.ndim) + left.shape
    shape_b = (1,) * (ndim - right.ndim) + right.shape
    blocks = reshape(left, [n for length in shape_a for n in (length, 1)])
    tiles = reshape(right, [n for length in shape_b for n in (1, length)])
    return reshape(mul(blocks, tiles), [n * m for n, m in zip(shape_a, shape_b, strict=True)])


@provides("matrix_power", np.linalg.matrix_power)
def matrix_power(a: Operand, n: int) -> Tensor:
    """The product of n copies of a square matrix, by repeated squaring; of the inverse for n < 0.

    >>> import numpy as np, chainrule as cr
    >>> np.linalg.matrix_power(cr.variable([[1.0, 1.0], [0.0, 1.0]]), 5)
    Tensor([[1., 5.],
            [0., 1.]])
    """
    x, exponent = lift(a), whole_number("np.linalg.matrix_power n", n)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ShapeError(
            "np.linalg.matrix_power", expected="square matrices", got=f"shape {x.shape}"
        )
    if exponent == 0:
        return broadcast_to(lift(np.eye(x.shape[-1], dtype=x.dtype)), x.shape)
    if exponent < 0:
        x, exponent = inv(x), -exponent
    found: Tensor | None = None
    while exponent:
        if exponent % 2:
            found = x if found is None else matmul(found, x)
        exponent //= 2
        if exponent:
            x = matmul(x, x)
    assert found is not None
    return found


@provides("multi_dot", np.linalg.multi_dot)
def multi_dot(arrays: Sequence[Operand]) -> Tensor:
    """The product of several matrices, in the order of multiplications that is the cheapest.

    The first and the last may be vectors: a row and a column.

    >>> import numpy as np, chainrule as cr
    >>> np.linalg.multi_dot([cr.variable([1.0, 2.0]), np.eye(2), np.ones((2, 1))])
    Tensor([3.])
    """
    tensors = lift_together(*arrays)
    fits = all(
        x.ndim == 2 or (x.ndim == 1 and i in (0, len(tensors) - 1)) for i, x in enumerate(tensors)
    )
    if len(tensors) < 2 or not fits:
        raise ShapeError(
            "np.linalg.multi_dot",
            expected="two matrices or more, of which the first and the last may be vectors",
            got=", ".join(f"shape {x.shape}" for x in tensors) or "none",
        )
    rows = [1 if i == 0 and x.ndim == 1 else x.shape[0] for i, x in enumerate(tensors)]
    last = tensors[-1]
    return _product(tensors, _splits([*rows, 1 if last.ndim == 1 else last.shape[1]]))


def _splits(lengths: list[int]) -> dict[tuple[int, int], int]:
    """Where the product of the matrices from i to j is split into two, by dynamic programming."""
    count = len(lengths) - 1
    costs = {(i, i): 0 for i in range(count)}
    found: dict[tuple[int, int], int] = {}
    for width in range(1, count):
        for i in range(count - width):
            j = i + width
            options = {
                k: costs[i, k] + costs[k + 1, j] + lengths[i] * lengths[k + 1] * lengths[j + 1]
                for k in range(i, j)
            }
            found[i, j] = min(options, key=lambda k: options[k])
            costs[i, j] = options[found[i, j]]
    return found


def _product(
    tensors: list[Tensor], splits: dict[tuple[int, int], int], i: int = 0, j: int | None = None
) -> Tensor:
    j = len(tensors) - 1 if j is None else j
    if i == j:
        return tensors[i]
    k = splits[i, j]
    return matmul(_product(tensors, splits, i, k), _product(tensors, splits, k + 1, j))
