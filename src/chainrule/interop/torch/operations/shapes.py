"""Operations that rearrange, copy or select entries."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule import ops
from chainrule.interop.torch.operations.indices import checked_indices
from chainrule.interop.torch.operations.registry import operation
from chainrule.ops import Tensor
from chainrule.ops.tensor import constant, lift

__all__: list[str] = []

rearranges = functools.partial(operation, named=False)
reshapes = functools.partial(operation, named=False, reshapes=True)


@rearranges("alias", "contiguous", "clone", "lift_fresh_copy", "positive")
def alias(x: Tensor) -> Tensor:
    return x


@rearranges("alias_all")
def alias_all(parts: Sequence[Tensor]) -> list[Tensor]:
    return list(parts)


@reshapes("detach")
def detach(x: Tensor) -> Tensor:
    return ops.stop_gradient(x) if x.spec.differentiable else x


@rearranges("detach_all")
def detach_all(parts: Sequence[Tensor]) -> list[Tensor]:
    return [detach(part) for part in parts]


@rearranges("copy")
def copy(x: Tensor, source: Tensor) -> Tensor:
    return ops.broadcast_to(source, x.shape).astype(x.dtype)


@rearranges("fill")
def fill(x: Tensor, value: Any) -> Tensor:
    return copy(x, lift(value))


@rearranges("zero")
def zero(x: Tensor) -> Tensor:
    return ops.zeros_like(x)


@rearranges("getitem")
def getitem(parts: Sequence[Any], index: int) -> Any:
    return parts[index]


@rearranges("to", "_to_copy", "type_as")
def to(x: Tensor, *arguments: Any, dtype: Any = None) -> Tensor:
    """Cast to the dtype among the arguments; devices and memory formats have no meaning here."""
    for argument in arguments:
        if isinstance(argument, Tensor):
            dtype = argument.dtype
        elif isinstance(argument, np.dtype):
            dtype = argument
    return x if dtype is None else x.astype(dtype)


@rearranges("view", "reshape", "_unsafe_view")
def view(x: Tensor, shape: Any) -> Tensor:
    return to(x, shape) if isinstance(shape, np.dtype) else ops.reshape(x, shape)


@rearranges("view_as", "reshape_as")
def view_as(x: Tensor, other: Tensor) -> Tensor:
    return ops.reshape(x, other.shape)


@rearranges("flatten")
def flatten(x: Tensor, start: int = 0, end: int = -1) -> Tensor:
    if not x.ndim:
        return ops.reshape(x, 1)
    start, end = start % x.ndim, end % x.ndim
    middle = math.prod(x.shape[start : end + 1])
    return ops.reshape(x, (*x.shape[:start], middle, *x.shape[end + 1 :]))


@rearranges("unflatten")
def unflatten(x: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    dim %= x.ndim
    known = math.prod(n for n in sizes if n != -1)
    full = [x.shape[dim] // known if n == -1 else n for n in sizes]
    return ops.reshape(x, (*x.shape[:dim], *full, *x.shape[dim + 1 :]))


@rearranges("permute")
def permute(x: Tensor, dims: Sequence[int]) -> Tensor:
    return ops.transpose(x, dims)


@reshapes("transpose", "swapaxes", "swapdims")
def transpose(x: Tensor, first: int, second: int) -> Tensor:
    return ops.swapaxes(x, first, second) if x.ndim else x


@reshapes("t")
def t(x: Tensor) -> Tensor:
    return ops.transpose(x)


for _name in ("numpy_T", "mT"):
    rearranges(_name)(lambda x: ops.swapaxes(x, -1, -2) if x.ndim > 1 else x)


@reshapes("squeeze")
def squeeze(x: Tensor, dims: int | Sequence[int] | None = None) -> Tensor:
    """Remove axes of length 1; like PyTorch, ignore other axes."""
    wanted = range(x.ndim) if dims is None else [dims] if isinstance(dims, int) else dims
    axes = tuple(d % x.ndim for d in wanted if x.shape[d] == 1)
    return ops.squeeze(x, axes) if axes else x


@reshapes("unsqueeze")
def unsqueeze(x: Tensor, dim: int) -> Tensor:
    return ops.expand_dims(x, dim)


@rearranges("expand")
def expand(x: Tensor, sizes: Sequence[int], *, implicit: bool = False) -> Tensor:
    lengths = (1,) * (len(sizes) - x.ndim) + x.shape
    pairs = zip(lengths, sizes, strict=True)
    return ops.broadcast_to(x, [old if new == -1 else new for old, new in pairs])


@rearranges("expand_as", "broadcast_to")
def expand_as(x: Tensor, other: Any) -> Tensor:
    return ops.broadcast_to(x, other.shape if isinstance(other, Tensor) else other)


@rearranges("repeat")
def repeat(x: Tensor, counts: Sequence[int]) -> Tensor:
    lengths = (1,) * (len(counts) - x.ndim) + x.shape
    pairs = list(zip(counts, lengths, strict=True))
    spread = ops.reshape(x, list(itertools.chain.from_iterable((1, n) for n in lengths)))
    tiled = ops.broadcast_to(spread, list(itertools.chain.from_iterable(pairs)))
    return ops.reshape(tiled, [count * length for count, length in pairs])


@rearranges("cat", "concat", "concatenate")
def cat(parts: Sequence[Tensor], dim: int = 0) -> Tensor:
    filled = [part for part in parts if part.shape != (0,)]  # PyTorch ignores empty vectors
    return ops.concatenate(filled or parts, dim)


@rearranges("stack")
def stack(parts: Sequence[Tensor], dim: int = 0) -> Tensor:
    return ops.stack(parts, dim)


@rearranges("split", "split_with_sizes")
def split(x: Tensor, sizes: int | Sequence[int], dim: int = 0) -> list[Tensor]:
    length = x.shape[dim]
    if isinstance(sizes, int):
        sizes = [min(sizes, length - start) for start in range(0, length, sizes)] or [0]
    stops = list(itertools.accumulate(sizes))
    return [_along(x, dim, slice(b - n, b)) for b, n in zip(stops, sizes, strict=True)]


@rearranges("chunk")
def chunk(x: Tensor, chunks: int, dim: int = 0) -> list[Tensor]:
    return split(x, -(-x.shape[dim] // chunks), dim)


@rearranges("unbind")
def unbind(x: Tensor, dim: int = 0) -> list[Tensor]:
    return [select(x, dim, i) for i in range(x.shape[dim])]


@rearranges("select")
def select(x: Tensor, dim: int, index: int) -> Tensor:
    return _along(x, dim, index)


@rearranges("slice")
def slice_(
    x: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Tensor:
    length = x.shape[dim]
    first, last, _ = slice(start, end).indices(length)
    whole = first == 0 and last == length and step == 1
    return x if whole else _along(x, dim, slice(first, max(first, last), step))


@rearranges("narrow")
def narrow(x: Tensor, dim: int, start: int, length: int) -> Tensor:
    return _along(x, dim, slice(start % (x.shape[dim] + 1), start % (x.shape[dim] + 1) + length))


def _along(x: Tensor, dim: int, index: Any) -> Tensor:
    """x[…, index, …] on one axis."""
    return x[(slice(None),) * (dim % x.ndim) + (index,)]


@rearranges("flip")
def flip(x: Tensor, dims: Sequence[int]) -> Tensor:
    flipped = {d % x.ndim for d in dims}
    return x[tuple(slice(None, None, -1 if i in flipped else None) for i in range(x.ndim))]


@rearranges("roll")
def roll(x: Tensor, shifts: Any, dims: Any = ()) -> Tensor:
    if dims in ((), []):
        return ops.reshape(roll(ops.reshape(x, -1), shifts, 0), x.shape)
    pairs = [(shifts, dims)] if isinstance(dims, int) else list(zip(shifts, dims, strict=True))
    for shift, dim in [(_single(s), _single(d)) for s, d in pairs]:
        indices = np.roll(np.arange(x.shape[dim]), shift)
        x = _along(x, dim, indices)
    return x


def _single(number: Any) -> int:
    """The number, or the only number in a list."""
    return number if isinstance(number, int) else number[0]


@rearranges("index", "_unsafe_index")
def index(x: Tensor, indices: Sequence[Tensor | None]) -> Tensor:
    """x[i, j, …], with None for a whole axis.

    With a mask, the shape of the result depends on the mask's values; a traced mask is an error.
    """
    return x[tuple(slice(None) if i is None else i for i in indices)]


@rearranges("index_select")
def index_select(x: Tensor, dim: int, indices: Tensor) -> Tensor:
    return _along(x, dim, checked_indices(indices, x.shape[dim], "index_select"))


@rearranges("gather")
def gather(x: Tensor, dim: int, indices: Tensor, *, sparse_grad: bool = False) -> Tensor:
    dim %= x.ndim
    indices = checked_indices(indices, x.shape[dim], "gather")
    grid = list(np.ogrid[tuple(slice(n) for n in indices.shape)])
    return x[tuple(indices if i == dim else grid[i] for i in range(x.ndim))]


@rearranges("pad", "constant_pad_nd")
def pad(x: Tensor, widths: Sequence[int], *options: Any) -> Tensor:
    """Pad by `widths`, from the last axis on; the options are a mode and a value, or a value."""
    mode = next((option for option in options if isinstance(option, str)), "constant")
    value = next((o for o in options if isinstance(o, (int, float))), 0.0)
    pairs = [(widths[2 * i], widths[2 * i + 1]) for i in range(len(widths) // 2)]
    for axis, (before, after) in zip(range(x.ndim - 1, -1, -1), pairs, strict=False):
        if mode == "constant":
            crop = slice(max(-before, 0), x.shape[axis] - max(-after, 0))  # of negative widths
            x = x if crop == slice(0, x.shape[axis]) else _along(x, axis, crop)
            edges = [(0, 0)] * x.ndim
            edges[axis] = (max(before, 0), max(after, 0))
            x = ops.pad(x, edges, constant_values=float(value)) if any(edges[axis]) else x
        else:
            kind: Any = {"replicate": "edge", "circular": "wrap"}.get(mode, mode)
            x = _along(x, axis, np.pad(np.arange(x.shape[axis]), (before, after), mode=kind))
    return x


@rearranges("tril")
def tril(x: Tensor, diagonal: int = 0) -> Tensor:
    return ops.where(np.tri(x.shape[-2], x.shape[-1], diagonal, bool), x, 0)


@rearranges("triu")
def triu(x: Tensor, diagonal: int = 0) -> Tensor:
    return ops.where(np.tri(x.shape[-2], x.shape[-1], diagonal - 1, bool), 0, x)


@rearranges("one_hot")
def one_hot(x: Tensor, classes: int = -1) -> Tensor:
    return ops.one_hot(x, classes, np.int64)


@rearranges("scalar_tensor")
def scalar_tensor(value: Any, dtype: Any = None) -> Tensor:
    return lift(value) if dtype is None else constant(np.asarray(value, dtype))
