"""The tables in which operations register, so that each is written in a single block.

`PRIMITIVES` holds every primitive by name; the contract tests run over it.  `FUNCTIONS` holds the
functions that methods of `Tensor` and `Layer` call by name: higher rooms register theirs, so that
imports only run downwards.  `NUMPY` maps NumPy functions to those that record them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from chainrule.errors import OptionError
from chainrule.graph import Primitive

__all__ = ["FUNCTIONS", "NUMPY", "PRIMITIVES", "provides"]

F = TypeVar("F", bound=Callable[..., Any])

PRIMITIVES: dict[str, Primitive] = {}
FUNCTIONS: dict[str, Callable[..., Any]] = {}
NUMPY: dict[Callable[..., Any], Callable[..., Any]] = {}


def provides(name: str, *numpy: Callable[..., Any]) -> Callable[[F], F]:
    """Register a function as the method `name` of `Tensor`, and for the given NumPy functions.

    Raises OptionError for a name or a NumPy function that another function already provides.
    """

    def register(function: F) -> F:
        taken = [name] * (name in FUNCTIONS) + [known.__name__ for known in numpy if known in NUMPY]
        if taken:
            raise OptionError(function.__name__, expected="a new name", got=", ".join(taken))
        FUNCTIONS[name] = function
        NUMPY.update(dict.fromkeys(numpy, function))
        return function

    return register
