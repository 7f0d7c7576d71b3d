"""What is known of a module after it was looked at: a list of calls, as plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, final

from chainrule.graph import Array

__all__ = ["Call", "Input", "Place", "Recording", "Ref", "replaced"]


class Ref(NamedTuple):
    """Stands among arguments for what the call of this key gave."""

    key: str


class Place(NamedTuple):
    """Where in the user's module something is: `layers.0`, `Conv3d`, `net.py:12: y = f(x)`."""

    path: str
    kind: str
    line: str

    def __str__(self) -> str:
        inside = f"{self.path} ({self.kind})" if self.path else self.kind
        return f"{inside}, {self.line}" if self.line else inside


@final
@dataclass(frozen=True)
class Call:
    """One operation of PyTorch's, by the name it has here, on earlier results and constants.

    views   whether the result shares its memory with the first argument, in PyTorch
    writes  whether the result is written into the first argument
    """

    key: str
    operation: str
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    place: Place
    views: bool = False
    writes: bool = False


@final
@dataclass(frozen=True)
class Input:
    """A leaf: a parameter, buffer or constant of the module, or an input of its `forward`."""

    key: str
    kind: Literal["parameter", "constant", "input"]
    name: str = ""
    value: Array | None = None


@final
@dataclass(frozen=True)
class Recording:
    """A module at given shapes: its leaves, its calls in order, and what it returns.

    titles   names for the results worth one, by key
    modules  the submodules' outputs, by key
    build    makes of the list of outputs what the module returns: one, a tuple, a dictionary
    """

    inputs: tuple[Input, ...]
    calls: tuple[Call, ...]
    outputs: tuple[Any, ...]
    titles: Mapping[str, str]
    modules: Mapping[str, str]
    build: Callable[[list[Any]], Any]


def replaced(arguments: Any, by: Callable[[Ref], Any]) -> Any:
    """The arguments with every Ref in them replaced."""
    match arguments:
        case Ref():
            return by(arguments)
        case tuple():
            return tuple(replaced(part, by) for part in arguments)
        case list():
            return [replaced(part, by) for part in arguments]
        case dict():
            return {key: replaced(part, by) for key, part in arguments.items()}
        case _:
            return arguments
