"""Operations that only move entries about."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule import ops
from chainrule.interop.torch.operations.table import operation
from chainrule.ops import Tensor
from chainrule.ops.tensor import constant, lift

__all__: list[str] = []

moves = functools.partial(operation, named=False)
reshapes = functools.partial(operation, named=False, reshapes=True)


@moves("alias", "contiguous", "clone", "lift_fresh_copy", "positive")
def alias(x: Tensor) -> Tensor:
    return x


@moves("alias_all")
def alias_all(parts: Sequence[Tensor]) -> list[Tensor]:
    return list(parts)


@reshapes("detach")
def detach(x: Tensor) -> Tensor:
    return ops.stop_gradient(x) if x.spec.differentiable else x


@moves("detach_all")
def detach_all(parts: Sequence[Tensor]) -> list[Tensor]:
    return [detach(part) for part in parts]


@moves("copy")
def copy(x: Tensor, source: Tensor) -> Tensor:
    return ops.broadcast_to(source, x.shape).astype(x.dtype)


@moves("fill")
def fill(x: Tensor, value: Any) -> Tensor:
    return copy(x, lift(value))


@moves("zero")
def zero(x: Tensor) -> Tensor:
    return ops.zeros_like(x)


@moves("getitem")
def getitem(parts: Sequence[Any], index: int) -> Any:
    return parts[index]


@moves("to", "_to_copy", "type_as")
def to(x: Tensor, *arguments: Any, dtype: Any = None) -> Tensor:
    """The arguments' dtype; devices and memory formats mean nothing here."""
    for argument in arguments:
        if isinstance(argument, Tensor):
            dtype = argument.dtype
        elif isinstance(argument, np.dtype):
            dtype = argument
    return x if dtype is None else x.astype(dtype)


@moves("view", "reshape", "_unsafe_view")
def view(x: Tensor, shape: Any) -> Tensor:
    return to(x, shape) if isinstance(shape, np.dtype) else ops.reshape(x, shape)


@moves("view_as", "reshape_as")
def view_as(x: Tensor, other: Tensor) -> Tensor:
    return ops.reshape(x, other.shape)


@moves("flatten")
def flatten(x: Tensor, start: int = 0, end: int = -1) -> Tensor:
    if not x.ndim:
        return ops.reshape(x, 1)
    start, end = start % x.ndim, end % x.ndim
    middle = math.prod(x.shape[start : end + 1])
    return ops.reshape(x, (*x.shape[:start], middle, *x.shape[end + 1 :]))


@moves("unflatten")
def unflatten(x: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    dim %= x.ndim
    known = math.prod(n for n in sizes if n != -1)
    full = [x.shape[dim] // known if n == -1 else n for n in sizes]
    return ops.reshape(x, (*x.shape[:dim], *full, *x.shape[dim + 1 :]))


@moves("permute")
def permute(x: Tensor, dims: Sequence[int]) -> Tensor:
    return ops.transpose(x, dims)


@reshapes("transpose", "swapaxes", "swapdims")
def transpose(x: Tensor, first: int, second: int) -> Tensor:
    return ops.swapaxes(x, first, second) if x.ndim else x


@reshapes("t")
def t(x: Tensor) -> Tensor:
    return ops.transpose(x)


for _name in ("numpy_T", "mT"):
    moves(_name)(lambda x: ops.swapaxes(x, -1, -2) if x.ndim > 1 else x)


@reshapes("squeeze")
def squeeze(x: Tensor, dims: int | Sequence[int] | None = None) -> Tensor:
    """Axes of other lengths than 1 stay, as in PyTorch."""
    wanted = range(x.ndim) if dims is None else [dims] if isinstance(dims, int) else dims
    axes = tuple(d % x.ndim for d in wanted if x.shape[d] == 1)
    return ops.squeeze(x, axes) if axes else x


@reshapes("unsqueeze")
def unsqueeze(x: Tensor, dim: int) -> Tensor:
    return ops.expand_dims(x, dim)


@moves("expand")
def expand(x: Tensor, sizes: Sequence[int], *, implicit: bool = False) -> Tensor:
    given = (1,) * (len(sizes) - x.ndim) + x.shape
    return ops.broadcast_to(x, [g if n == -1 else n for g, n in zip(given, sizes, strict=True)])


@moves("expand_as", "broadcast_to")
def expand_as(x: Tensor, other: Any) -> Tensor:
    return ops.broadcast_to(x, other.shape if isinstance(other, Tensor) else other)


@moves("repeat")
def repeat(x: Tensor, counts: Sequence[int]) -> Tensor:
    lengths = (1,) * (len(counts) - x.ndim) + x.shape
    pairs = list(zip(counts, lengths, strict=True))
    spread = ops.reshape(x, list(itertools.chain.from_iterable((1, n) for n in lengths)))
    tiled = ops.broadcast_to(spread, list(itertools.chain.from_iterable(pairs)))
    return ops.reshape(tiled, [count * length for count, length in pairs])


@moves("cat", "concat", "concatenate")
def cat(parts: Sequence[Tensor], dim: int = 0) -> Tensor:
    full = [part for part in parts if part.shape != (0,)]
    return ops.concatenate(full or parts, dim)


@moves("stack")
def stack(parts: Sequence[Tensor], dim: int = 0) -> Tensor:
    return ops.stack(parts, dim)


@moves("split", "split_with_sizes")
def split(x: Tensor, sizes: int | Sequence[int], dim: int = 0) -> list[Tensor]:
    length = x.shape[dim]
    if isinstance(sizes, int):
        sizes = [min(sizes, length - start) for start in range(0, length, sizes)] or [0]
    stops = list(itertools.accumulate(sizes))
    return [_along(x, dim, slice(b - n, b)) for b, n in zip(stops, sizes, strict=True)]


@moves("chunk")
def chunk(x: Tensor, chunks: int, dim: int = 0) -> list[Tensor]:
    return split(x, -(-x.shape[dim] // chunks), dim)


@moves("unbind")
def unbind(x: Tensor, dim: int = 0) -> list[Tensor]:
    return [select(x, dim, i) for i in range(x.shape[dim])]


@moves("select")
def select(x: Tensor, dim: int, index: int) -> Tensor:
    return _along(x, dim, index)


@moves("slice")
def slice_(
    x: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Tensor:
    length = x.shape[dim]
    first, last, _ = slice(start, end).indices(length)
    whole = first == 0 and last == length and step == 1
    return x if whole else _along(x, dim, slice(first, max(first, last), step))


@moves("narrow")
def narrow(x: Tensor, dim: int, start: int, length: int) -> Tensor:
    return _along(x, dim, slice(start % (x.shape[dim] + 1), start % (x.shape[dim] + 1) + length))


def _along(x: Tensor, dim: int, index: Any) -> Tensor:
    return x[(slice(None),) * (dim % x.ndim) + (index,)]


@moves("flip")
def flip(x: Tensor, dims: Sequence[int]) -> Tensor:
    turned = {d % x.ndim for d in dims}
    return x[tuple(slice(None, None, -1 if i in turned else None) for i in range(x.ndim))]


@moves("roll")
def roll(x: Tensor, shifts: Any, dims: Any = ()) -> Tensor:
    if dims in ((), []):
        return ops.reshape(roll(ops.reshape(x, -1), shifts, 0), x.shape)
    pairs = [(shifts, dims)] if isinstance(dims, int) else list(zip(shifts, dims, strict=True))
    for shift, dim in [(_only(s), _only(d)) for s, d in pairs]:
        places = np.roll(np.arange(x.shape[dim]), shift)
        x = _along(x, dim, places)
    return x


def _only(number: Any) -> int:
    return number if isinstance(number, int) else number[0]


@moves("index", "_unsafe_index")
def index(x: Tensor, places: Sequence[Tensor | None]) -> Tensor:
    """x[i, j, …] with None for a whole axis.

    A mask would give a shape that depends on numbers; it is refused where these are not known.
    """
    return x[tuple(slice(None) if p is None else p for p in places)]


@moves("index_select")
def index_select(x: Tensor, dim: int, places: Tensor) -> Tensor:
    return _along(x, dim, places)


@moves("gather")
def gather(x: Tensor, dim: int, places: Tensor, *, sparse_grad: bool = False) -> Tensor:
    dim %= x.ndim
    grid = list(np.ogrid[tuple(slice(n) for n in places.shape)])
    return x[tuple(places if i == dim else grid[i] for i in range(x.ndim))]


@moves("pad", "constant_pad_nd")
def pad(x: Tensor, widths: Sequence[int], *options: Any) -> Tensor:
    """`widths` count from the last axis; the options are a mode and a value, or a value."""
    mode = next((option for option in options if isinstance(option, str)), "constant")
    value = next((o for o in options if isinstance(o, (int, float))), 0.0)
    pairs = [(widths[2 * i], widths[2 * i + 1]) for i in range(len(widths) // 2)]
    for axis, (before, after) in zip(range(x.ndim - 1, -1, -1), pairs, strict=False):
        if mode == "constant":
            cut = slice(max(-before, 0), x.shape[axis] - max(-after, 0))
            x = x if cut == slice(0, x.shape[axis]) else _along(x, axis, cut)
            edges = [(0, 0)] * x.ndim
            edges[axis] = (max(before, 0), max(after, 0))
            x = ops.pad(x, edges, constant_values=float(value)) if any(edges[axis]) else x
        else:
            kind: Any = {"replicate": "edge", "circular": "wrap"}.get(mode, mode)
            x = _along(x, axis, np.pad(np.arange(x.shape[axis]), (before, after), mode=kind))
    return x


@moves("tril")
def tril(x: Tensor, diagonal: int = 0) -> Tensor:
    return ops.where(np.tri(x.shape[-2], x.shape[-1], diagonal, bool), x, 0)


@moves("triu")
def triu(x: Tensor, diagonal: int = 0) -> Tensor:
    return ops.where(np.tri(x.shape[-2], x.shape[-1], diagonal - 1, bool), 0, x)


@moves("one_hot")
def one_hot(x: Tensor, classes: int = -1) -> Tensor:
    return ops.one_hot(x, classes, np.int64)


@moves("scalar_tensor")
def scalar_tensor(value: Any, dtype: Any = None) -> Tensor:
    return lift(value) if dtype is None else constant(np.asarray(value, dtype))
