"""The tensor of the stand-in: made from data or shapes, with gradients of what it led to."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy

import chainrule as cr
from tinygrad_suite.base import dtype_of, dtypes, plain
from tinygrad_suite.elementwise import Elementwise
from tinygrad_suite.layers import Layers

__all__ = ["Tensor"]


class Tensor(Elementwise, Layers):
    """tinygrad's tensor, as far as NumPy can express it."""

    latest: ClassVar[Any] = None

    def __init__(self, data: Any, dtype: Any = None) -> None:
        data = numpy.asarray(plain(data))
        if dtype is None and data.dtype in (numpy.float64, numpy.int64):
            dtype = dtypes.float if data.dtype == numpy.float64 else dtypes.int
        a = data if dtype is None else data.astype(dtype_of(dtype))
        self.a = cr.variable(a) if a.dtype.kind == "f" else a

    # out of shapes

    @classmethod
    def made(cls, function: Any, *args: Any, dtype: Any = None) -> Any:
        return cls(function(*args), dtype)

    @classmethod
    def full(cls, shape: Any, value: Any, dtype: Any = None) -> Any:
        return cls.made(numpy.full, shape, value, dtype=dtype)

    @classmethod
    def zeros(cls, *shape: Any, dtype: Any = None) -> Any:
        return cls.full(shape[0] if len(shape) == 1 else shape, 0.0, dtype)

    empty = zeros

    @classmethod
    def ones(cls, *shape: Any, dtype: Any = None) -> Any:
        return cls.full(shape[0] if len(shape) == 1 else shape, 1.0, dtype)

    @classmethod
    def eye(cls, *lengths: int) -> Any:
        return cls.made(numpy.eye, *lengths)

    @classmethod
    def arange(cls, *limits: Any, dtype: Any = None) -> Any:
        return cls.made(numpy.arange, *limits, dtype=dtype)

    @classmethod
    def linspace(cls, start: float, stop: float, steps: int, dtype: Any = None) -> Any:
        if dtype == "bool":
            raise ValueError("no steps between truth values")
        return cls.made(numpy.linspace, start, stop, steps, dtype=dtype)

    @classmethod
    def randn(cls, *shape: Any) -> Any:
        return cls.made(numpy.random.standard_normal, shape[0] if len(shape) == 1 else shape)

    @classmethod
    def randint(cls, *shape: int, low: int = 0, high: int = 10) -> Any:
        return cls.made(numpy.random.randint, low, high, shape)

    def full_like(self, value: Any) -> Any:
        return self.of(numpy.full(self.shape, value, self.a.dtype))

    def zeros_like(self) -> Any:
        return self.full_like(0)

    def ones_like(self) -> Any:
        return self.full_like(1)

    # values

    def numpy(self) -> Any:
        return numpy.asarray(self.a.value if isinstance(self.a, cr.Tensor) else self.a)

    def item(self) -> Any:
        return self.numpy().item()

    def tolist(self) -> Any:
        return self.numpy().tolist()

    def realize(self, *_: Any) -> Any:
        return self

    clone = contiguous = realize

    # gradients

    def gradient(self, *targets: Any) -> list[Any]:
        self.backward()
        return [target.grad for target in targets]

    def backward(self) -> None:
        Tensor.latest = self.a.gradients()

    @property
    def grad(self) -> Any:
        return self.of(Tensor.latest[self.a])
