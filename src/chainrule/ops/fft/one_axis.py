"""Fourier transforms along one axis: of complex numbers, and of real ones, both ways.

All are linear, so each pull-back is a transform again.  The other functions are made of the three
primitives here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.arguments import whole_number
from chainrule.errors import UnknownNameError
from chainrule.graph import Array, Spec, misfit
from chainrule.ops.define import (
    apply,
    as_cotangent,
    floating,
    normal_axis,
    primitive,
    real_part,
)
from chainrule.ops.elementwise import conj
from chainrule.ops.registry import provides
from chainrule.ops.shapes import pad
from chainrule.ops.tensor import Operand, Tensor, constant, lift

__all__: list[str] = ["fft", "hfft", "ifft", "ihfft", "irfft", "rfft"]

NORMS = {"backward": "forward", "ortho": "ortho", "forward": "backward"}
"""Which transform is divided by n, or both by √n, and the same for the transforms back."""


def _complex(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.result_type(floating(dtype), np.complex64)


def _check_entries(spec: Spec, axis: int) -> None:
    if not spec.shape[axis]:
        raise misfit("at least one entry along the axis")


def _fft(x: Array, axis: int, norm: str, inverse: bool) -> Array:
    return (np.fft.ifft if inverse else np.fft.fft)(x, axis=axis, norm=norm)  # type: ignore


def _fft_shape(spec: Spec, axis: int, norm: str, inverse: bool) -> Spec:
    _check_entries(spec, axis)
    return Spec(spec.shape, _complex(spec.dtype))


def _fft_vjp(g: Tensor, y: Tensor, x: Tensor, **params: Any) -> Tensor:
    return as_cotangent(apply(_FFT, g, **params), x)  # the matrix is symmetric


_FFT = primitive("fft", _fft, shape=_fft_shape, vjp=(_fft_vjp,), complex=True)


def _rfft(x: Array, axis: int, norm: str) -> Array:
    return np.fft.rfft(x, axis=axis, norm=norm)  # type: ignore


def _rfft_shape(spec: Spec, axis: int, norm: str) -> Spec:
    _check_entries(spec, axis)
    lengths = list(spec.shape)
    lengths[axis] = lengths[axis] // 2 + 1
    return Spec(tuple(lengths), _complex(spec.dtype))


def _rfft_vjp(g: Tensor, y: Tensor, x: Tensor, axis: int, norm: str) -> Tensor:
    n = x.shape[axis]
    halves = conj(g) / _multiplicities(g, axis, n)
    return as_cotangent(apply(_IRFFT, halves, n=n, axis=axis, norm=NORMS[norm]), x)


_RFFT = primitive("rfft", _rfft, shape=_rfft_shape, vjp=(_rfft_vjp,))


def _irfft(x: Array, n: int, axis: int, norm: str) -> Array:
    return np.fft.irfft(x, n, axis=axis, norm=norm)  # type: ignore


def _irfft_shape(spec: Spec, n: int, axis: int, norm: str) -> Spec:
    if spec.shape[axis] != n // 2 + 1:
        raise misfit(f"{n // 2 + 1} entries along the axis")
    lengths = list(spec.shape)
    lengths[axis] = n
    return Spec(tuple(lengths), real_part(_complex(spec.dtype)))


def _irfft_vjp(g: Tensor, y: Tensor, x: Tensor, n: int, axis: int, norm: str) -> Tensor:
    found = conj(apply(_RFFT, g, axis=axis, norm=NORMS[norm]))
    return as_cotangent(found * _multiplicities(found, axis, n), x)


_IRFFT = primitive("irfft", _irfft, shape=_irfft_shape, vjp=(_irfft_vjp,), complex=True)


def _multiplicities(x: Tensor, axis: int, n: int) -> Tensor:
    """How often each frequency of n real numbers is counted: 2, but once those without a twin."""
    count = np.full(n // 2 + 1, 2.0, real_part(x.dtype))
    count[0] = 1.0
    if n % 2 == 0:
        count[-1] = 1.0
    return constant(count.reshape([-1 if i == axis else 1 for i in range(x.ndim)]))


@provides("fft", np.fft.fft)
def fft(a: Operand, n: int | None = None, axis: int = -1, norm: str | None = None) -> Tensor:
    """Fourier transform yₖ = Σⱼ xⱼ·e^(−2πi·jk/n) along an axis, as `numpy.fft.fft`.

    It is linear with a symmetric matrix: the gradient is the same transform of the upstream one.

    >>> import numpy as np
    >>> np.real(fft([1.0, 0.0, 0.0, 0.0]))
    Tensor([1., 1., 1., 1.])

    Cooley and Tukey, "An algorithm for the machine calculation of complex Fourier series", 1965.
    """
    return _transformed("fft", a, n, axis, norm, inverse=False)


@provides("ifft", np.fft.ifft)
def ifft(a: Operand, n: int | None = None, axis: int = -1, norm: str | None = None) -> Tensor:
    """The inverse of `fft`, as `numpy.fft.ifft`.

    >>> import numpy as np
    >>> np.real(ifft(fft([1.0, 2.0, 3.0])))
    Tensor([1., 2., 3.])
    """
    return _transformed("ifft", a, n, axis, norm, inverse=True)


def _transformed(
    name: str, a: Operand, n: int | None, axis: int, norm: str | None, inverse: bool
) -> Tensor:
    x, axis = _prepared(name, a, axis)
    x = _of_length(x, x.shape[axis] if n is None else _count(name, n), axis)
    return apply(_FFT, x, axis=axis, norm=_norm(name, norm), inverse=inverse)


@provides("rfft", np.fft.rfft)
def rfft(a: Operand, n: int | None = None, axis: int = -1, norm: str | None = None) -> Tensor:
    """The first n//2 + 1 entries of `fft` of real numbers, whose others are their conjugates.

    >>> rfft([1.0, 0.0, 0.0, 0.0]).shape
    (3,)
    """
    x, axis = _prepared("rfft", a, axis)
    x = _of_length(x, x.shape[axis] if n is None else _count("rfft", n), axis)
    return apply(_RFFT, x, axis=axis, norm=_norm("rfft", norm))


@provides("irfft", np.fft.irfft)
def irfft(a: Operand, n: int | None = None, axis: int = -1, norm: str | None = None) -> Tensor:
    """The n real numbers whose `rfft` is given; n is 2·(m − 1) for m entries, if it is None.

    >>> irfft(rfft([1.0, 2.0, 3.0]), 3)
    Tensor([1., 2., 3.])
    """
    x, axis = _prepared("irfft", a, axis)
    n = _count("irfft", 2 * (x.shape[axis] - 1) if n is None else n)
    return apply(_IRFFT, _of_length(x, n // 2 + 1, axis), n=n, axis=axis, norm=_norm("irfft", norm))


@provides("hfft", np.fft.hfft)
def hfft(a: Operand, n: int | None = None, axis: int = -1, norm: str | None = None) -> Tensor:
    """The transform, which is real, of a signal of which one half is given; see `numpy.fft.hfft`.

    >>> hfft([1.0, 4.0])
    Tensor([ 5., -3.])
    """
    return irfft(conj(a), n, axis, NORMS[_norm("hfft", norm)])


@provides("ihfft", np.fft.ihfft)
def ihfft(a: Operand, n: int | None = None, axis: int = -1, norm: str | None = None) -> Tensor:
    """The inverse of `hfft`.

    >>> import numpy as np
    >>> np.real(ihfft([5.0, -3.0]))
    Tensor([1., 4.])
    """
    return conj(rfft(a, n, axis, NORMS[_norm("ihfft", norm)]))


def _prepared(name: str, a: Operand, axis: int) -> tuple[Tensor, int]:
    x = lift(a)
    return x, normal_axis(axis, x.ndim, name)


def _count(name: str, n: int) -> int:
    return whole_number(f"{name} n", n, 1)


def _norm(name: str, norm: str | None) -> str:
    if norm is not None and norm not in NORMS:
        raise UnknownNameError(f"{name} norm", f"{norm}", NORMS)
    return norm or "backward"


def _of_length(x: Tensor, n: int, axis: int) -> Tensor:
    """The first n entries along the axis, with zeros after them if there are fewer."""
    missing = n - x.shape[axis]
    if missing > 0:
        return pad(x, [(0, missing if i == axis else 0) for i in range(x.ndim)])
    return x[(slice(None),) * axis + (slice(n),)] if missing else x
