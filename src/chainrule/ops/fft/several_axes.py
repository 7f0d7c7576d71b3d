"""Fourier transforms along several axes: along one after the other, as NumPy computes them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chainrule.arguments import whole_numbers
from chainrule.errors import ShapeError
from chainrule.ops.define import normal_axis
from chainrule.ops.fft.one_axis import fft, ifft, irfft, rfft
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor, lift

__all__: list[str] = ["fft2", "fftn", "ifft2", "ifftn", "irfft2", "irfftn", "rfft2", "rfftn"]

Numbers = Sequence[int] | None
LAST_TWO = (-2, -1)


@provides("fftn", np.fft.fftn)
def fftn(a: Operand, s: Numbers = None, axes: Numbers = None, norm: str | None = None) -> Tensor:
    """`fft` along each of some axes, by default all; an axis that is given twice, twice.

    `s` are the lengths along these axes, as the n of `fft`; −1 keeps the length.

    >>> import numpy as np
    >>> np.real(fftn(np.eye(2)))
    Tensor([[2., 0.],
            [0., 2.]])
    """
    x = lift(a)
    for n, axis in reversed(_steps("fftn", x, s, axes)):
        x = fft(x, n, axis, norm)
    return x


@provides("ifftn", np.fft.ifftn)
def ifftn(a: Operand, s: Numbers = None, axes: Numbers = None, norm: str | None = None) -> Tensor:
    """The inverse of `fftn`."""
    x = lift(a)
    for n, axis in reversed(_steps("ifftn", x, s, axes)):
        x = ifft(x, n, axis, norm)
    return x


@provides("rfftn", np.fft.rfftn)
def rfftn(a: Operand, s: Numbers = None, axes: Numbers = None, norm: str | None = None) -> Tensor:
    """`rfft` along the last of some axes, then `fft` along the others.

    >>> rfftn([[1.0, 0.0, 0.0, 0.0]]).shape
    (1, 3)
    """
    x = lift(a)
    *others, (n, axis) = _steps("rfftn", x, s, axes, least=1)
    x = rfft(x, n, axis, norm)
    for n, axis in reversed(others):
        x = fft(x, n, axis, norm)
    return x


@provides("irfftn", np.fft.irfftn)
def irfftn(a: Operand, s: Numbers = None, axes: Numbers = None, norm: str | None = None) -> Tensor:
    """The inverse of `rfftn`, if `s` are the lengths of what it transformed."""
    x = lift(a)
    *others, (n, axis) = _steps("irfftn", x, s, axes, least=1)
    for m, other in others:
        x = ifft(x, m, other, norm)
    return irfft(x, None if s is None else n, axis, norm)


@provides("fft2", np.fft.fft2)
def fft2(
    a: Operand, s: Numbers = None, axes: Numbers = LAST_TWO, norm: str | None = None
) -> Tensor:
    """`fftn` along the last two axes."""
    return fftn(a, s, axes, norm)


@provides("ifft2", np.fft.ifft2)
def ifft2(
    a: Operand, s: Numbers = None, axes: Numbers = LAST_TWO, norm: str | None = None
) -> Tensor:
    """`ifftn` along the last two axes."""
    return ifftn(a, s, axes, norm)


@provides("rfft2", np.fft.rfft2)
def rfft2(
    a: Operand, s: Numbers = None, axes: Numbers = LAST_TWO, norm: str | None = None
) -> Tensor:
    """`rfftn` along the last two axes."""
    return rfftn(a, s, axes, norm)


@provides("irfft2", np.fft.irfft2)
def irfft2(
    a: Operand, s: Numbers = None, axes: Numbers = LAST_TWO, norm: str | None = None
) -> Tensor:
    """`irfftn` along the last two axes."""
    return irfftn(a, s, axes, norm)


def _steps(
    name: str, x: Tensor, s: Numbers, axes: Numbers, least: int = 0
) -> list[tuple[int, int]]:
    """The length and the axis of each transform along one axis, in the order of the axes."""
    given = None if s is None else _tuple(whole_numbers(f"{name} s", s))
    if axes is None:
        along = tuple(range(x.ndim - len(given) if given else 0, x.ndim))
    else:
        along = _tuple(whole_numbers(f"{name} axes", axes))
    along = tuple(normal_axis(axis, x.ndim, name) for axis in along)
    if (given is not None and len(given) != len(along)) or len(along) < least:
        raise ShapeError(
            name,
            expected="an axis for each length" if len(along) >= least else f"{least} axis or more",
            got=f"s={s} and axes={axes} for shape {x.shape}",
        )
    kept = given or (-1,) * len(along)
    return [(x.shape[axis] if n == -1 else n, axis) for n, axis in zip(kept, along, strict=True)]


def _tuple(numbers: int | tuple[int, ...]) -> tuple[int, ...]:
    return (numbers,) if isinstance(numbers, int) else numbers
