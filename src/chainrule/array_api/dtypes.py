"""The dtypes of the standard, and its functions of dtypes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.array_api.calls import on_cpu
from chainrule.ops import astype as _astype
from chainrule.ops.tensor import Tensor

__all__: list[str] = ["astype", "can_cast", "finfo", "iinfo", "isdtype", "result_type"]
__all__ += ["bool", "float32", "float64", "int8", "int16", "int32", "int64"]
__all__ += ["uint8", "uint16", "uint32", "uint64"]

# NumPy's types rather than its dtypes, since np.dtype("float64") == None
bool = np.bool
int8, int16, int32, int64 = np.int8, np.int16, np.int32, np.int64
uint8, uint16, uint32, uint64 = np.uint8, np.uint16, np.uint32, np.uint64
float32, float64 = np.float32, np.float64


@dataclass(frozen=True)
class FloatInfo:
    """What `finfo` returns: the limits of a floating-point dtype."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: np.dtype[Any]


@dataclass(frozen=True)
class IntegerInfo:
    """What `iinfo` returns: the limits of an integer dtype."""

    bits: int
    max: int
    min: int
    dtype: np.dtype[Any]


def astype(x: Tensor, dtype: Any, /, *, copy: Any = True, device: Any = None) -> Tensor:
    """The entries in another dtype: see `cr.astype`.  Tensors never change, so `copy` is free."""
    on_cpu("astype", device)
    return _astype(x, dtype)


def can_cast(from_: Any, to: Any, /) -> Any:
    """Whether a dtype, or that of a tensor, can be converted to another by promotion."""
    return np.can_cast(_dtype(from_), to)


def finfo(type: Any, /) -> FloatInfo:
    """The limits of a floating-point dtype, or of that of a tensor, as Python numbers."""
    found = np.finfo(_dtype(type))
    limits = map(float, (found.eps, found.max, found.min, found.smallest_normal))
    return FloatInfo(found.bits, *limits, dtype=np.dtype(found.dtype))


def iinfo(type: Any, /) -> IntegerInfo:
    """The limits of an integer dtype, or of that of a tensor."""
    found = np.iinfo(_dtype(type))
    return IntegerInfo(found.bits, found.max, found.min, np.dtype(found.dtype))


def isdtype(dtype: Any, kind: Any) -> Any:
    """Whether a dtype is another, or of a kind such as "real floating", or one of several."""
    return np.isdtype(dtype, kind)


def result_type(*arrays_and_dtypes: Any) -> np.dtype[Any]:
    """The dtype that tensors, dtypes and Python numbers are promoted to together."""
    return np.result_type(*map(_dtype, arrays_and_dtypes))


def _dtype(of: Any) -> Any:
    return of.dtype if isinstance(of, Tensor) else of
