"""Functions that move, repeat, join and select entries."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy

import chainrule as cr
import chainrule.numpy as np
from tinygrad_suite.base import Base, cut, dtype_of, dtypes, method, pairs, plain

__all__ = ["Shapes"]

MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def flat(args: Sequence[Any]) -> Any:
    return args[0] if len(args) == 1 and not isinstance(args[0], int) else args


class Shapes(Base):
    """Methods of tinygrad's tensor that move entries."""

    def reshape(self, *shape: Any) -> Any:
        wanted = [
            self.shape[i] if n is None else n for i, n in enumerate(flat(shape))
        ]  # None keeps a length
        return self.of(np.reshape(self.a, tuple(wanted)))

    view = reshape

    def permute(self, *order: Any) -> Any:
        return self.of(np.transpose(self.a, tuple(flat(order))))

    def transpose(self, dim0: int = 1, dim1: int = 0) -> Any:
        return self.of(np.swapaxes(self.a, dim0, dim1))

    @property
    def T(self) -> Any:  # noqa: N802
        return self.transpose()

    def flip(self, *axes: Any) -> Any:
        return self.of(np.flip(self.a, axis=tuple(flat(axes))))

    def squeeze(self, dim: int | None = None) -> Any:
        if dim is None:
            return self.of(np.squeeze(self.a))
        length = np.shape(np.atleast_1d(self.a))[dim]
        return self.of(np.squeeze(self.a, axis=dim) if self.ndim and length == 1 else self.a)

    unsqueeze = method(np.expand_dims)

    def flatten(self, start_dim: int = 0, end_dim: int = -1) -> Any:
        shape = self.shape or (1,)
        end = end_dim % len(shape)
        merged = math.prod(shape[start_dim : end + 1])
        return self.reshape((*shape[:start_dim], merged, *shape[end + 1 :]))

    def unflatten(self, dim: int, sizes: tuple[int, ...]) -> Any:
        dim %= self.ndim
        return self.reshape((*self.shape[:dim], *sizes, *self.shape[dim + 1 :]))

    def expand(self, *shape: Any) -> Any:
        return self.of(np.broadcast_to(self.a, tuple(flat(shape))))

    def pad(self, padding: Sequence[Any], mode: str = "constant", value: float = 0.0) -> Any:
        if all(isinstance(width, int) for width in padding):
            if len(padding) > 2 * self.ndim:
                raise ValueError("more widths than axes")
            edges = [(0, 0)] * (self.ndim - len(padding) // 2) + pairs(padding)
        else:
            edges = [width or (0, 0) for width in padding]
            if len(edges) != self.ndim:
                raise ValueError("a pair of widths for each axis")
        widths = [(max(0, before), max(0, after)) for before, after in edges]
        if mode == "constant":
            return self.of(np.pad(cut(self.a, edges), widths, constant_values=value))
        if mode not in MODES:
            raise NotImplementedError(mode)
        furthest = {"reflect": -1, "circular": 0}.get(mode, math.inf)
        if any(w > n + furthest for n, ws in zip(self.shape, widths, strict=True) for w in ws):
            raise ValueError("wider than the array")
        if mode == "circular":
            return self.of(np.pad(cut(self.a, edges), widths, mode="wrap"))
        return self.of(cut(np.pad(self.a, widths, mode=MODES[mode]), edges))

    # joins and cuts

    def cat(self, *others: Any, dim: int = 0) -> Any:
        return self.of(np.concatenate([x.a for x in (self, *others)], axis=dim))

    def stack(self, *others: Any, dim: int = 0) -> Any:
        listed = isinstance(self, (list, tuple))  # a class method of a list, or of its parts
        if listed and others:
            raise ValueError("a list, or its parts")
        parts = self if listed else (self,)
        values = [x.a for x in (*parts, *others)]
        return parts[0].of(np.stack(values, axis=dim))

    def split(self, sizes: int | Sequence[int], dim: int = 0) -> tuple[Any, ...]:
        length = self.shape[dim]
        if isinstance(sizes, int):
            places = list(range(sizes, length, sizes))
        else:
            places = list(numpy.cumsum(sizes)[:-1])
        return tuple(map(self.of, np.split(self.a, places, axis=dim)))

    def chunk(self, chunks: int, dim: int = 0) -> tuple[Any, ...]:
        return self.split(-(-self.shape[dim] // chunks), dim)

    def meshgrid(self, *others: Any, indexing: str = "ij") -> tuple[Any, ...]:
        if indexing not in ("ij", "xy"):
            raise RuntimeError(f"indexing={indexing}")
        parts = [np.ravel(x.a) for x in (self, *others)]
        return tuple(map(self.of, np.meshgrid(*parts, indexing=indexing)))

    # repetition

    def repeat(self, *repeats: Any) -> Any:
        reps = tuple(flat(repeats))
        if len(reps) < self.ndim:
            raise ValueError("a number for each axis")
        return self.of(np.tile(self.a, reps))

    def repeat_interleave(self, repeats: int, dim: int | None = None) -> Any:
        return self.of(np.repeat(self.a, repeats, axis=dim))

    def roll(self, shifts: Any, dims: Any = None) -> Any:
        many = [x if isinstance(x, tuple) else (x,) for x in (shifts, dims)]
        if len(many[0]) != len(many[1]):
            raise RuntimeError("a shift for each axis")
        if dims is None:
            return self.of(np.roll(self.a, many[0][0]))
        return self.of(np.roll(self.a, many[0], axis=many[1]))

    def unfold(self, dim: int, size: int, step: int) -> Any:
        length = self.shape[dim]
        if step <= 0 or size > length:
            raise RuntimeError("windows do not fit")
        starts = numpy.arange(0, length - size + 1, step)
        windows = np.take(self.a, starts[:, None] + numpy.arange(size), axis=dim)
        return self.of(np.moveaxis(windows, dim % self.ndim + 1, -1))

    # matrices

    diag, tril, triu = method(np.diag), method(np.tril), method(np.triu)

    def diagonal(self, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
        return self.of(np.diagonal(self.a, offset=offset, axis1=dim1, axis2=dim2))

    # selections

    def __getitem__(self, index: Any) -> Any:
        if self.ndim == 0 and isinstance(index, slice):
            raise IndexError("no axis to cut")
        return self.of(self.a[plain(index)])

    def where(self, x: Any, y: Any) -> Any:
        return self.of(np.where(self.a, plain(x), plain(y)))

    def gather(self, dim: int, index: Any) -> Any:
        if index.ndim != self.ndim:
            raise RuntimeError("an index for each axis")
        kept = [
            slice(None) if i == dim % self.ndim else slice(n) for i, n in enumerate(index.shape)
        ]
        within = self.a[tuple(kept)]
        if any(
            n > m
            for i, (n, m) in enumerate(zip(index.shape, within.shape, strict=True))
            if i != dim % self.ndim
        ):
            raise RuntimeError("more indices than entries")
        return self.of(np.take_along_axis(within, index.a, axis=dim))

    def masked_fill(self, mask: Any, value: Any) -> Any:
        return self.of(np.where(mask.a, value, self.a))

    def masked_select(self, mask: Any) -> Any:
        return self.of(self.a[np.broadcast_to(mask.a, self.shape)])

    def nonzero(self) -> Any:
        value = numpy.asarray(plain(self.detach()))
        return self.of(numpy.argwhere(value))

    def one_hot(self, classes: int) -> Any:
        if classes < 0:
            raise ValueError("classes < 0")
        return self.of(self.a[..., None] == numpy.arange(classes)).cast(dtypes.int)

    # dtypes

    def cast(self, dtype: Any) -> Any:
        return self.of(self.a.astype(dtype_of(dtype)))

    def detach(self) -> Any:
        return self.of(self.a.value if isinstance(self.a, cr.Tensor) else self.a)

    def float(self) -> Any:
        return self.cast(dtypes.float32)

    def half(self) -> Any:
        return self.cast(dtypes.half)

    def int(self) -> Any:
        return self.cast(dtypes.int32)

    def bool(self) -> Any:
        return self.cast(dtypes.bool)
