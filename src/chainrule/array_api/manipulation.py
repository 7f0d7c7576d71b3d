"""Functions that rearrange and join entries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.array_api.calls import call
from chainrule.ops.tensor import Axis, Operand, Tensor

__all__ = ["broadcast_arrays", "broadcast_to", "concat", "expand_dims", "flip", "moveaxis"]
__all__ += ["permute_dims", "repeat", "reshape", "roll", "squeeze", "stack", "tile", "unstack"]

Shape = tuple[int, ...]


def broadcast_arrays(*arrays: Tensor) -> list[Tensor]:
    """The tensors in the shape that they broadcast to together."""
    return list(call(np.broadcast_arrays, *arrays))


def broadcast_to(x: Tensor, /, shape: Shape) -> Tensor:
    """The entries repeated along axes of length 1 and new ones."""
    return call(np.broadcast_to, x, shape)


def concat(arrays: Sequence[Operand], /, *, axis: int | None = 0) -> Tensor:
    """The tensors joined along an axis, or flattened if it is None."""
    return call(np.concatenate, arrays, axis=axis)


def expand_dims(x: Tensor, /, axis: int) -> Tensor:
    """The tensor with an axis of length 1 at this position."""
    return call(np.expand_dims, x, axis)


def flip(x: Tensor, /, *, axis: Axis = None) -> Tensor:
    """The entries in reverse order along axes, or along all."""
    return call(np.flip, x, axis=axis)


def moveaxis(x: Tensor, source: Any, destination: Any, /) -> Tensor:
    """The axes in another order: those of `source` at `destination`, the rest as they were."""
    return call(np.moveaxis, x, source, destination)


def permute_dims(x: Tensor, /, axes: Shape) -> Tensor:
    """The axes in another order."""
    return call(np.transpose, x, axes)


def repeat(x: Tensor, repeats: Any, /, *, axis: int | None = None) -> Tensor:
    """Each entry several times along an axis, or flattened."""
    return call(np.repeat, x, repeats, axis=axis)


def reshape(x: Tensor, /, shape: Shape, *, copy: bool | None = None) -> Tensor:
    """The entries in another shape.  Tensors never change, so `copy` is free."""
    return call(np.reshape, x, shape)


def roll(x: Tensor, /, shift: Any, *, axis: Axis = None) -> Tensor:
    """The entries moved along axes; those beyond the end come in at the start."""
    return call(np.roll, x, shift, axis=axis)


def squeeze(x: Tensor, /, axis: int | Shape) -> Tensor:
    """The tensor without these axes of length 1."""
    return call(np.squeeze, x, axis)


def stack(arrays: Sequence[Operand], /, *, axis: int = 0) -> Tensor:
    """The tensors joined along a new axis."""
    return call(np.stack, arrays, axis=axis)


def tile(x: Tensor, repetitions: Shape, /) -> Tensor:
    """The tensor several times along each axis."""
    return call(np.tile, x, repetitions)


def unstack(x: Tensor, /, *, axis: int = 0) -> tuple[Tensor, ...]:
    """The parts along an axis, without that axis."""
    return tuple(call(np.moveaxis, x, axis, 0))
