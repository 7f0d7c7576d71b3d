"""Sums, products, means, extremes and orders along axes."""

from __future__ import annotations

from typing import Any

import numpy

import chainrule as cr
import chainrule.numpy as np
from tinygrad_suite.base import Base, dtype_of, swapped
from tinygrad_suite.shapes import Shapes

__all__ = ["Reductions"]


def reduction(function: Any) -> Any:
    """A method that reduces axes, which may be one of an array without axes."""

    def call(self: Base, axis: Any = None, keepdim: bool = False, **options: Any) -> Any:
        axis = tuple(axis) if isinstance(axis, list) else axis
        if self.ndim == 0 and axis in (0, -1):
            axis = None
        return self.of(function(self.a, axis=axis, keepdims=keepdim, **options))

    return call


def typed(function: Any) -> Any:
    """A reduction that takes the dtype of the result."""
    reduce = reduction(function)

    def call(self: Base, axis: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
        if dtype is None:
            return reduce(self, axis, keepdim)
        return reduce(self.of(self.a.astype(dtype_of(dtype))), axis, keepdim)

    return call


def corrected(function: Any) -> Any:
    """A variance or deviation: tinygrad divides by n − 1 by itself."""
    reduce = reduction(function)

    def call(self: Base, axis: Any = None, keepdim: bool = False, correction: int = 1) -> Any:
        return reduce(self, axis, keepdim, ddof=correction)

    return call


def accumulated(function: Any) -> Any:
    """A method that accumulates along an axis, which may be one of an array without axes."""

    def call(self: Base, axis: int = 0) -> Any:
        if self.ndim == 0 and axis in (0, -1):
            return self.of(np.reshape(function(np.reshape(self.a, (1,)), axis=0), ()))
        return self.of(function(self.a, axis=axis))

    return call


def running(function: Any) -> Any:
    """The running extremes, and the latest index of each."""
    accumulate = accumulated(function)

    def call(self: Shapes, axis: int = 0) -> Any:
        found = accumulate(self, axis)
        if self.a.size == 0:
            return found, self.of(numpy.zeros(self.shape, numpy.int32))
        value, extreme = (numpy.atleast_1d(numpy.asarray(x.detach().a)) for x in (self, found))
        axis = axis % value.ndim
        places = numpy.arange(value.shape[axis]).reshape(-1, *[1] * (value.ndim - axis - 1))
        latest = numpy.maximum.accumulate(numpy.where(value == extreme, places, 0), axis=axis)
        return found, self.of(latest.reshape(self.shape))

    return call


class Reductions(Shapes):
    """Methods of tinygrad's tensor that work along axes."""

    sum, prod = typed(np.sum), typed(np.prod)
    mean, max, min = reduction(np.mean), reduction(np.max), reduction(np.min)
    var, std = corrected(np.var), corrected(np.std)
    any, all = reduction(np.any), reduction(np.all)
    logsumexp = reduction(cr.logsumexp)
    cumsum, cumprod = accumulated(np.cumsum), accumulated(np.cumprod)
    logcumsumexp = accumulated(np.logaddexp.accumulate)
    cummax, cummin = running(np.maximum.accumulate), running(np.minimum.accumulate)

    def std_mean(self, axis: Any = None, keepdim: bool = False, correction: int = 1) -> Any:
        return self.std(axis, keepdim, correction), self.mean(axis, keepdim)

    def normalize(self, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Any:
        lengths = np.linalg.norm(self.a, ord=p, axis=dim, keepdims=True)
        return self.of(self.a / np.maximum(lengths, eps))

    def argmax(self, axis: int | None = None, keepdim: bool = False) -> Any:
        return self.of(np.argmax(self.a, axis=axis, keepdims=keepdim))

    def argmin(self, axis: int | None = None, keepdim: bool = False) -> Any:
        return self.of(np.argmin(self.a, axis=axis, keepdims=keepdim))

    def softmax(self, axis: int = -1) -> Any:
        return self.of(swapped(self.a, axis, lambda a: cr.softmax(a, axis=-1)))

    def softmin(self, axis: int = -1) -> Any:
        return self.of(swapped(-self.a, axis, lambda a: cr.softmax(a, axis=-1)))

    def log_softmax(self, axis: int = -1) -> Any:
        return self.of(swapped(self.a, axis, lambda a: cr.log_softmax(a, axis=-1)))

    # orders

    def argsort(self, dim: int = -1, descending: bool = False) -> Any:
        return self.sort(dim, descending)[1]

    def sort(self, dim: int = -1, descending: bool = False) -> Any:
        key = self.detach().a
        if descending:
            key = -key.astype(numpy.int64) if key.dtype.kind in "bu" else -key
        order = numpy.argsort(key, axis=dim, stable=True)
        return self.of(np.take_along_axis(self.a, order, axis=dim)), self.of(order)

    def topk(self, k: int, dim: int = -1, largest: bool = True, sorted_: bool = True) -> Any:
        if k > self.shape[dim]:
            raise ValueError("fewer entries")
        index = [slice(None)] * self.ndim
        index[dim] = slice(k)
        return tuple(x[tuple(index)] for x in self.sort(dim, largest))
