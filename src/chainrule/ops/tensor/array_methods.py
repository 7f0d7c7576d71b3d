"""The methods of tensors that NumPy's arrays have, too: each calls a function of its name."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from chainrule.errors import OptionError
from chainrule.graph import Array
from chainrule.ops.registry import FUNCTIONS, NUMPY
from chainrule.ops.tensor.numpy_calls import call_as_numpy

__all__ = ["ArrayMethods", "Axis"]

Axis = int | tuple[int, ...] | None
"""One axis, several axes, or None for all."""


class ArrayMethods:
    """What tensors do like arrays.  The recorded ones return tensors; tests and indices, arrays."""

    __slots__ = ()

    @property
    def value(self) -> Array:
        """The entries as a NumPy array."""
        raise NotImplementedError

    # recorded

    def sum(self, axis: Axis = None, keepdims: bool = False, **options: Any) -> Self:
        """See `cr.sum`; the options are those of `numpy.sum`."""
        if options:
            return _with_options(np.sum, self, axis=axis, keepdims=keepdims, **options)
        return FUNCTIONS["sum"](self, axis, keepdims)

    def mean(self, axis: Axis = None, keepdims: bool = False, **options: Any) -> Self:
        """See `cr.mean`; the options are those of `numpy.mean`."""
        if options:
            return _with_options(np.mean, self, axis=axis, keepdims=keepdims, **options)
        return FUNCTIONS["mean"](self, axis, keepdims)

    def var(self, axis: Axis = None, keepdims: bool = False, ddof: int = 0, **options: Any) -> Self:
        """See `cr.var`; the options are those of `numpy.var`."""
        if options:
            degrees = {} if "correction" in options else {"ddof": ddof}
            return _with_options(np.var, self, axis=axis, keepdims=keepdims, **degrees, **options)
        return FUNCTIONS["var"](self, axis, keepdims, ddof=ddof)

    def max(self, axis: Axis = None, keepdims: bool = False, **options: Any) -> Self:
        """See `cr.max`; the options are those of `numpy.max`."""
        if options:
            return _with_options(np.max, self, axis=axis, keepdims=keepdims, **options)
        return FUNCTIONS["max"](self, axis, keepdims)

    def min(self, axis: Axis = None, keepdims: bool = False, **options: Any) -> Self:
        """See `cr.min`; the options are those of `numpy.min`."""
        if options:
            return _with_options(np.min, self, axis=axis, keepdims=keepdims, **options)
        return FUNCTIONS["min"](self, axis, keepdims)

    def prod(self, axis: Axis = None, keepdims: bool = False, **options: Any) -> Self:
        """See `cr.prod`; the options are those of `numpy.prod`."""
        if options:
            return _with_options(np.prod, self, axis=axis, keepdims=keepdims, **options)
        return FUNCTIONS["prod"](self, axis, keepdims)

    def cumsum(self, axis: int | None = None, **options: Any) -> Self:
        """See `cr.cumsum`; the options are those of `numpy.cumsum`."""
        if options:
            return _with_options(np.cumsum, self, axis=axis, **options)
        return FUNCTIONS["cumsum"](self, axis)

    def cumprod(self, axis: int | None = None, **options: Any) -> Self:
        """The cumulative product along an axis; the options are those of `numpy.cumprod`."""
        return _with_options(np.cumprod, self, axis=axis, **options)

    def reshape(self, *shape: int | tuple[int, ...], **options: Any) -> Self:
        """See `cr.reshape`; the options are those of `numpy.reshape`."""
        first = shape[0] if len(shape) == 1 else shape
        if options:
            return _with_options(np.reshape, self, shape=first, **options)
        return FUNCTIONS["reshape"](self, first)

    def transpose(self, *axes: int | tuple[int, ...] | None) -> Self:
        """See `cr.transpose`; the axes are several arguments, or one."""
        return FUNCTIONS["transpose"](self, axes[0] if len(axes) == 1 else axes or None)

    @property
    def T(self) -> Self:  # noqa: N802  (NumPy's name)
        """The tensor with its axes reversed."""
        return FUNCTIONS["transpose"](self, None)

    def squeeze(self, axis: Axis = None) -> Self:
        """See `cr.squeeze`."""
        return FUNCTIONS["squeeze"](self, axis)

    def clip(self, low: float | None = None, high: float | None = None, **options: Any) -> Self:
        """See `cr.clip`; the options are those of `numpy.clip`, such as `min` and `max`."""
        if options:
            given = {"a_min": low, "a_max": high}
            known = {name: limit for name, limit in given.items() if limit is not None}
            return _with_options(np.clip, self, **known, **options)
        return FUNCTIONS["clip"](self, low, high)

    def astype(self, dtype: Any, *, copy: bool = True) -> Self:
        """See `cr.astype`; recorded values never change, so that `copy` is free."""
        return FUNCTIONS["astype"](self, dtype)

    def std(self, axis: Axis = None, keepdims: bool = False, ddof: int = 0, **options: Any) -> Self:
        """See `cr.std`; the options are those of `numpy.std`."""
        if options:
            degrees = {} if "correction" in options else {"ddof": ddof}
            return _with_options(np.std, self, axis=axis, keepdims=keepdims, **degrees, **options)
        return FUNCTIONS["std"](self, axis, keepdims, ddof=ddof)

    def swapaxes(self, axis1: int, axis2: int) -> Self:
        """See `cr.swapaxes`."""
        return FUNCTIONS["swapaxes"](self, axis1, axis2)

    @property
    def mT(self) -> Self:  # noqa: N802  (NumPy's name)
        """The tensor with its last two axes exchanged."""
        return FUNCTIONS["matrix_transpose"](self)

    def flatten(self, order: str = "C") -> Self:
        """All entries along one axis, in C or F order."""
        return FUNCTIONS["ravel"](self, order)

    def ravel(self, order: str = "C") -> Self:
        """All entries along one axis, in C or F order."""
        return FUNCTIONS["ravel"](self, order)

    @property
    def flat(self) -> Self:
        """All entries along one axis."""
        return FUNCTIONS["reshape"](self, -1)

    def take(self, indices: Any, axis: int | None = None, mode: str = "raise") -> Self:
        """The entries with these indices, as `numpy.take`."""
        return FUNCTIONS["take"](self, indices, axis, mode)

    def compress(self, condition: Any, axis: int | None = None) -> Self:
        """The entries where the condition holds, as `numpy.compress`."""
        return FUNCTIONS["compress"](condition, self, axis)

    def choose(self, choices: Any, mode: str = "raise") -> Self:
        """Entries of the choices with these numbers, as `numpy.choose`."""
        return FUNCTIONS["choose"](self, choices, mode)

    def repeat(self, repeats: Any, axis: int | None = None) -> Self:
        """Each entry several times, as `numpy.repeat`."""
        return FUNCTIONS["repeat"](self, repeats, axis)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Self:
        """The sum of the entries on a diagonal, as `numpy.trace`."""
        return FUNCTIONS["trace"](self, offset, axis1, axis2, dtype)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Self:
        """The entries on a diagonal, as `numpy.diagonal`."""
        return FUNCTIONS["diagonal"](self, offset, axis1, axis2)

    def argsort(
        self, axis: int | None = -1, kind: str | None = None, stable: bool | None = None
    ) -> Self:
        """The indices that sort the entries along an axis, as `numpy.argsort`."""
        return FUNCTIONS["argsort"](self, axis, kind, stable)

    def argpartition(self, kth: Any, axis: int | None = -1) -> Self:
        """The indices that partition the entries along an axis, as `numpy.argpartition`."""
        return FUNCTIONS["argpartition"](self, kth, axis)

    def searchsorted(self, v: Any, side: str = "left", sorter: Any = None) -> Self:
        """How many entries are below v, as `numpy.searchsorted`."""
        return FUNCTIONS["searchsorted"](self, v, side, sorter)

    def copy(self) -> Self:
        """The tensor itself, which cannot change."""
        return self

    def dot(self, other: Any) -> Self:
        """See `cr.dot`."""
        return FUNCTIONS["dot"](self, other)

    def round(self, decimals: int = 0) -> Self:
        """See `cr.round`."""
        return FUNCTIONS["round"](self, decimals)

    def conj(self) -> Self:
        """See `cr.conj`."""
        return FUNCTIONS["conj"](self)

    conjugate = conj

    @property
    def real(self) -> Self:
        """The real part; see `cr.real`."""
        return FUNCTIONS["real"](self)

    @property
    def imag(self) -> Self:
        """The imaginary part; see `cr.imag`."""
        return FUNCTIONS["imag"](self)

    # the array API standard

    @property
    def device(self) -> str:
        """Where the entries are: "cpu"."""
        return "cpu"

    def to_device(self, device: str, /, *, stream: Any = None) -> Self:
        """The tensor itself; raises OptionError for another device than "cpu"."""
        if device != "cpu" or stream is not None:
            got = repr(device) + ("" if stream is None else " with a stream")
            raise OptionError("to_device", expected="'cpu'", got=got)
        return self

    # of values: not recorded

    def argmax(self, axis: int | None = None, *, keepdims: bool = False) -> Any:
        """The index of the largest entry, or of each along an axis, as `numpy.argmax`."""
        return np.argmax(self.value, axis, keepdims=keepdims)

    def argmin(self, axis: int | None = None, *, keepdims: bool = False) -> Any:
        """The index of the smallest entry, or of each along an axis, as `numpy.argmin`."""
        return np.argmin(self.value, axis, keepdims=keepdims)

    def nonzero(self) -> tuple[Array, ...]:
        """The indices of the entries that are not 0, as `numpy.nonzero`."""
        return np.nonzero(self.value)

    def all(self, axis: Axis = None, *, keepdims: bool = False) -> Any:
        """Whether all entries are true, or not 0, along axes, as `numpy.all`."""
        return np.all(self.value, axis, keepdims=keepdims)

    def any(self, axis: Axis = None, *, keepdims: bool = False) -> Any:
        """Whether any entry is true, or not 0, along axes, as `numpy.any`."""
        return np.any(self.value, axis, keepdims=keepdims)

    # in place: refused, since recorded values never change

    def sort(self, *_: Any, **__: Any) -> Any:
        """Refused: an array sorts itself, a tensor never changes."""
        raise _in_place("sort()", "x = np.sort(x)")

    def partition(self, *_: Any, **__: Any) -> Any:
        """Refused: an array partitions itself, a tensor never changes."""
        raise _in_place("partition()", "x = np.partition(x, kth)")

    def fill(self, *_: Any, **__: Any) -> Any:
        """Refused: an array fills itself, a tensor never changes."""
        raise _in_place("fill()", "x = np.full_like(x, value)")

    def resize(self, *_: Any, **__: Any) -> Any:
        """Refused: an array resizes itself, a tensor never changes."""
        raise _in_place("resize()", "x = np.resize(x, shape)")

    def put(self, *_: Any, **__: Any) -> Any:
        """Refused: an array changes entries, a tensor never does."""
        raise _in_place("put()", "x = np.where(condition, new, x)")


def _with_options(function: Any, tensor: Any, **options: Any) -> Any:
    return call_as_numpy(function, NUMPY[function], (tensor,), options)


def _in_place(method: str, remedy: str) -> OptionError:
    return OptionError(
        f"tensor.{method}",
        expected="a new tensor, since recorded values never change",
        got="a change in place",
        remedy=f"write {remedy}",
    )
