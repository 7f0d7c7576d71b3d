"""Functions of complex numbers as functions of real ones: of real and imaginary parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.ops import Tensor, imag, real, stack
from chainrule.ops.tensor import lift

__all__ = ["as_real"]


def as_real(
    function: Callable[..., Any], args: Sequence[Any]
) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """The same function of real numbers only, and the real arguments for these `args`.

    In place of a complex argument or result is a real one with a further axis, along which are the
    real and the imaginary part.  Without complex numbers, all stays as it is.

    >>> function, args = as_real(lambda z: z * z, [1.0 + 2.0j])
    >>> args, function(*args)
    ((array([1., 2.]),), Tensor([-3.,  4.]))
    """
    found = [i for i, arg in enumerate(args) if np.iscomplexobj(arg)]

    def of_real(*points: Any) -> Any:
        given = list(points)
        for i in found:
            given[i] = given[i][..., 0] + 1j * given[i][..., 1]
        output = function(*given)
        if not np.iscomplexobj(output):
            return output
        return stack([real(output), imag(output)], axis=lift(output).ndim)

    return of_real, tuple(_parts(arg) if i in found else arg for i, arg in enumerate(args))


def _parts(arg: Any) -> Array:
    array = np.asarray(arg.value if isinstance(arg, Tensor) else arg)
    return np.stack([np.real(array), np.imag(array)], axis=-1)
