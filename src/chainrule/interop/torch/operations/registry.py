"""The registry of operations, and the decorator that adds a function to it."""

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
    named     whether its result gets a name: not if it rearranges entries or creates constants
    draws     whether it draws random numbers; its first argument is then the scope
    updates   positions of arguments that get new values, which are returned after the result
    reshapes  whether its in-place form changes the shape and not the entries
    """

    function: Callable[..., Any]
    named: bool = True
    draws: bool = False
    updates: tuple[int, ...] = ()
    reshapes: bool = False


OPERATIONS: dict[str, Operation] = {}


def operation(*names: str, **options: Any) -> Callable[[F], F]:
    """Register a function under PyTorch's names for the operation."""

    def register(function: F) -> F:
        OPERATIONS.update(dict.fromkeys(names, Operation(function, **options)))
        return function

    return register
