"""The standard's Fourier transforms: `xp.fft`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.array_api.calls import call, on_cpu
from chainrule.ops.tensor import Axis, Tensor, constant

__all__ = ["fft", "fftfreq", "fftn", "fftshift", "hfft", "ifft", "ifftn", "ifftshift", "ihfft"]
__all__ += ["irfft", "irfftn", "rfft", "rfftfreq", "rfftn"]


def _along_one(name: str) -> Callable[..., Tensor]:
    def transform(
        x: Tensor, /, *, n: int | None = None, axis: int = -1, norm: Any = "backward"
    ) -> Tensor:
        return call(getattr(np.fft, name), x, n=n, axis=axis, norm=norm)

    return _named(transform, name)


def _along_several(name: str) -> Callable[..., Tensor]:
    def transform(
        x: Tensor, /, *, s: Any = None, axes: Any = None, norm: Any = "backward"
    ) -> Tensor:
        if s is not None and axes is None:  # the last ones, which NumPy asks to be named
            axes = tuple(range(x.ndim - len(s), x.ndim))
        return call(getattr(np.fft, name), x, s=s, axes=axes, norm=norm)

    return _named(transform, name)


def _named(function: Any, name: str) -> Callable[..., Tensor]:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`numpy.fft.{name}`."
    return function


fft, ifft, rfft, irfft = map(_along_one, ("fft", "ifft", "rfft", "irfft"))
hfft, ihfft = map(_along_one, ("hfft", "ihfft"))
fftn, ifftn, rfftn, irfftn = map(_along_several, ("fftn", "ifftn", "rfftn", "irfftn"))


def fftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Tensor:
    """The frequencies of a transform of n samples with the spacing d."""
    on_cpu("fftfreq", device)
    return constant(np.fft.fftfreq(n, d).astype(dtype or np.float64))


def rfftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Tensor:
    """The frequencies of a transform of n real samples with the spacing d."""
    on_cpu("rfftfreq", device)
    return constant(np.fft.rfftfreq(n, d).astype(dtype or np.float64))


def fftshift(x: Tensor, /, *, axes: Axis = None) -> Tensor:
    """The entries moved so that the frequency 0 is in the middle."""
    return call(np.fft.fftshift, x, axes=axes)


def ifftshift(x: Tensor, /, *, axes: Axis = None) -> Tensor:
    """The inverse of `fftshift`."""
    return call(np.fft.ifftshift, x, axes=axes)
