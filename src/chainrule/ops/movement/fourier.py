"""Shifts of spectra; imported by itself, since `import chainrule` needs no `numpy.fft`."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.ops.movement.gather import moved
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor

__all__ = ["fftshift", "ifftshift"]


@provides("fftshift", np.fft.fftshift)
def fftshift(x: Operand, axes: Any = None) -> Tensor:
    """Move the frequency 0 from the front to the middle, along axes.

    >>> fftshift([0.0, 1.0, 2.0, -2.0, -1.0])
    Tensor([-2., -1.,  0.,  1.,  2.])
    """
    return moved(np.fft.fftshift, x, axes=axes)


@provides("ifftshift", np.fft.ifftshift)
def ifftshift(x: Operand, axes: Any = None) -> Tensor:
    """Move the frequency 0 from the middle to the front, along axes.

    >>> ifftshift([-2.0, -1.0, 0.0, 1.0, 2.0])
    Tensor([ 0.,  1.,  2., -2., -1.])
    """
    return moved(np.fft.ifftshift, x, axes=axes)
