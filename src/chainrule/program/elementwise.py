"""Elementwise operations: what a program computes entry by entry, as NumPy functions.

The NumPy function of an operation is its only definition.  The engine applies it to numbers that
stand for vectors, and so obtains machine code; where it cannot, it runs the function itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.graph import Array
from chainrule.ops.registry import PRIMITIVES

__all__ = ["MAX_OPERANDS", "ElementwiseOperation", "built_in"]

MAX_OPERANDS = 3
"""The most arrays that an elementwise operation of a program reads."""


@final
@dataclass(frozen=True)
class ElementwiseOperation:
    """An elementwise operation with its parameters.

    name    the name in listings: that of a primitive, "copy" or "gate"
    value   (*arrays, **parameters) → array, with NumPy
    params  the parameters: (name, number)
    """

    name: str
    value: Callable[..., Any]
    params: tuple[tuple[str, float], ...] = ()

    def __call__(self, *operands: Any) -> Any:
        return self.value(*operands, **dict(self.params))


def _copy(x: Array) -> Array:
    return x


def _gate(x: Array, y: Array) -> Array:
    """y where x is positive, else 0: the gradient of ReLU."""
    return np.where(x > 0, y, 0.0)


WITHOUT_PRIMITIVE: Mapping[str, Callable[..., Any]] = {"copy": _copy, "gate": _gate}
"""The operations that only lowering introduces."""


def built_in(name: str, params: Mapping[str, float] | None = None) -> ElementwiseOperation:
    """The operation of this name: "copy", "gate", or the value of an elementwise primitive.

    >>> built_in("gate")(np.array([-1.0, 2.0]), np.array([5.0, 6.0]))
    array([0., 6.])
    """
    value = WITHOUT_PRIMITIVE.get(name) or PRIMITIVES[name].value
    return ElementwiseOperation(name, value, tuple((params or {}).items()))
