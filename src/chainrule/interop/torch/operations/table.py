"""The table of operations, and how a function enters it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, final

__all__ = ["OPERATIONS", "Operation", "operation"]

F = TypeVar("F", bound=Callable[..., Any])


@final
@dataclass(frozen=True)
class Operation:
    """A counterpart of one of PyTorch's operations.

    function  takes PyTorch's arguments in their order
    named     whether its result is worth a name: not if it only moves entries or makes constants
    draws     whether it draws random numbers; the scope is its first argument then
    updates   positions of arguments it gives new values to, which follow its result
    reshapes  whether its form in place changes a shape, not the entries
    """

    function: Callable[..., Any]
    named: bool = True
    draws: bool = False
    updates: tuple[int, ...] = ()
    reshapes: bool = False


OPERATIONS: dict[str, Operation] = {}


def operation(*names: str, **options: Any) -> Callable[[F], F]:
    """Enter a function under PyTorch's names for what it does."""

    def enter(function: F) -> F:
        OPERATIONS.update(dict.fromkeys(names, Operation(function, **options)))
        return function

    return enter
