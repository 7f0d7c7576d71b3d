"""Where the blocks of `ops` announce themselves, so that each operation is written in one place.

`PRIMITIVES` holds every primitive by name: contract tests walk over it.  `FUNCTIONS` holds what the
methods and operators of `Tensor` call, and `predict` of a layer; rooms above put theirs in, so that
arrows keep running down.  `NUMPY` says which function records which NumPy function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from chainrule.graph import Primitive

__all__ = ["FUNCTIONS", "NUMPY", "PRIMITIVES", "provides"]

F = TypeVar("F", bound=Callable[..., Any])

PRIMITIVES: dict[str, Primitive] = {}
FUNCTIONS: dict[str, Callable[..., Any]] = {}
NUMPY: dict[Callable[..., Any], Callable[..., Any]] = {}


def provides(name: str, *numpy: Callable[..., Any]) -> Callable[[F], F]:
    """Register a function as `Tensor`'s method `name`, and as what NumPy's functions record."""

    def register(function: F) -> F:
        FUNCTIONS[name] = function
        NUMPY.update(dict.fromkeys(numpy, function))
        return function

    return register
