"""Constants that a module creates while it runs."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.interop.torch.operations.registry import operation
from chainrule.ops import Tensor
from chainrule.ops.tensor import constant

__all__: list[str] = []

creates = functools.partial(operation, named=False)


def _full(shape: Sequence[int], value: Any, dtype: Any) -> Tensor:
    return constant(np.full(tuple(shape), value, dtype or np.float32))


@creates("zeros", "empty")
def zeros(shape: Sequence[int], dtype: Any = None) -> Tensor:
    return _full(shape, 0, dtype)


@creates("ones")
def ones(shape: Sequence[int], dtype: Any = None) -> Tensor:
    return _full(shape, 1, dtype)


@creates("full")
def full(shape: Sequence[int], value: Any, dtype: Any = None) -> Tensor:
    kinds = {bool: np.bool_, int: np.int64}
    return _full(shape, value, dtype or kinds.get(type(value)))


@creates("zeros_like", "empty_like")
def zeros_like(x: Tensor, dtype: Any = None) -> Tensor:
    return _full(x.shape, 0, dtype or x.dtype)


@creates("ones_like")
def ones_like(x: Tensor, dtype: Any = None) -> Tensor:
    return _full(x.shape, 1, dtype or x.dtype)


@creates("full_like")
def full_like(x: Tensor, value: Any, dtype: Any = None) -> Tensor:
    return _full(x.shape, value, dtype or x.dtype)


@creates("new_zeros", "new_empty")
def new_zeros(x: Tensor, shape: Sequence[int], dtype: Any = None) -> Tensor:
    return _full(shape, 0, dtype or x.dtype)


@creates("new_ones")
def new_ones(x: Tensor, shape: Sequence[int], dtype: Any = None) -> Tensor:
    return _full(shape, 1, dtype or x.dtype)


@creates("new_full")
def new_full(x: Tensor, shape: Sequence[int], value: Any, dtype: Any = None) -> Tensor:
    return _full(shape, value, dtype or x.dtype)


@creates("arange")
def arange(*ends: Any, dtype: Any = None) -> Tensor:
    whole = all(isinstance(end, int) for end in ends)
    return constant(np.arange(*ends, dtype=dtype or (np.int64 if whole else np.float32)))


@creates("linspace")
def linspace(start: float, end: float, steps: int, dtype: Any = None) -> Tensor:
    return constant(np.linspace(start, end, steps, dtype=dtype or np.float32))


@creates("eye")
def eye(n: int, m: int | None = None, dtype: Any = None) -> Tensor:
    return constant(np.eye(n, m, dtype=dtype or np.float32))
