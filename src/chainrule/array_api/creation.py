"""Functions that create tensors: constants, except where they are made of tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.array_api.calls import call, on_cpu, on_values
from chainrule.errors import OptionError
from chainrule.ops.shapes import astype, broadcast_to
from chainrule.ops.tensor import Tensor, constant, lift
from chainrule.ops.tensor.dispatch import holds_tensors

__all__ = ["arange", "asarray", "empty", "empty_like", "eye", "from_dlpack", "full", "full_like"]
__all__ += ["linspace", "meshgrid", "ones", "ones_like", "tril", "triu", "zeros", "zeros_like"]

Shape = int | tuple[int, ...]


def asarray(
    obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None
) -> Tensor:
    """A tensor of numbers, of an array, or of tensors, also within lists, which are recorded.

    Tensors never change, so they are never copied.  Arrays are, unless they are read-only: raises
    OptionError, which is a ValueError, if `copy` is False and an array must be copied.
    """
    on_cpu("asarray", device)
    if isinstance(obj, Tensor) or holds_tensors(obj):
        tensor = lift(obj)
        return tensor if dtype is None else astype(tensor, dtype)
    array = np.asarray(obj, dtype)
    if copy is False and (array is not obj or array.flags.writeable):
        raise OptionError(
            "asarray copy",
            expected="True or None, except for a read-only array",
            got="False",
            remedy="recorded values never change, so what can be changed is copied",
        )
    return constant(array)


def arange(
    start: float,
    /,
    stop: float | None = None,
    step: float = 1,
    *,
    dtype: Any = None,
    device: Any = None,
) -> Tensor:
    """Numbers from `start` by `step`, without `stop`; from 0 to `start` if that is all."""
    on_cpu("arange", device)
    ends = (0, start) if stop is None else (start, stop)
    return on_values(np.arange, *ends, step, dtype=dtype)


def linspace(
    start: Any,
    stop: Any,
    /,
    num: int,
    *,
    dtype: Any = None,
    device: Any = None,
    endpoint: bool = True,
) -> Tensor:
    """`num` evenly spaced numbers from `start` to `stop`."""
    on_cpu("linspace", device)
    return on_values(np.linspace, start, stop, num, dtype=dtype, endpoint=endpoint)


def eye(
    n_rows: int,
    n_cols: int | None = None,
    /,
    *,
    k: int = 0,
    dtype: Any = None,
    device: Any = None,
) -> Tensor:
    """A matrix with ones on its k-th diagonal."""
    on_cpu("eye", device)
    return constant(np.eye(n_rows, n_cols, k, dtype))


def full(shape: Shape, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
    """The same number everywhere; if it is a tensor without axes, that is recorded."""
    on_cpu("full", device)
    return broadcast_to(asarray(fill_value, dtype=dtype), shape)


def full_like(x: Tensor, /, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
    """The same number everywhere, in the shape and, by default, the dtype of a tensor."""
    return full(x.shape, fill_value, dtype=dtype or x.dtype, device=device)


def _filled(name: str) -> tuple[Callable[..., Tensor], Callable[..., Tensor]]:
    """The functions for a shape and for the shape of a tensor; `name` is that of the first."""
    make: Callable[..., Any] = getattr(np, name)

    def of_shape(shape: Shape, *, dtype: Any = None, device: Any = None) -> Tensor:
        on_cpu(name, device)
        return constant(make(shape, dtype))

    def like(x: Tensor, /, *, dtype: Any = None, device: Any = None) -> Tensor:
        return of_shape(x.shape, dtype=dtype or x.dtype, device=device)

    for function, called in ((of_shape, name), (like, f"{name}_like")):
        function.__name__ = function.__qualname__ = called
        function.__doc__ = f"Constants, as `numpy.{called}`."
    return of_shape, like


zeros, zeros_like = _filled("zeros")
ones, ones_like = _filled("ones")
empty, empty_like = _filled("empty")


def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """A tensor of an array of another library; a tensor itself."""
    on_cpu("from_dlpack", device)
    return x if isinstance(x, Tensor) else asarray(np.from_dlpack(x), copy=copy)


def meshgrid(*arrays: Tensor, indexing: str = "xy") -> list[Tensor]:
    """The coordinates of a grid: each vector along an axis of its own."""
    if indexing not in ("xy", "ij"):
        raise OptionError("meshgrid indexing", expected="'xy' or 'ij'", got=repr(indexing))
    return list(call(np.meshgrid, *arrays, indexing=indexing)) if arrays else []


def tril(x: Tensor, /, *, k: int = 0) -> Tensor:
    """The matrices with zeros above the k-th diagonal."""
    return call(np.tril, x, k=k)


def triu(x: Tensor, /, *, k: int = 0) -> Tensor:
    """The matrices with zeros below the k-th diagonal."""
    return call(np.triu, x, k=k)
