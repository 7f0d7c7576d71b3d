"""A recorded PyTorch module as plain data: its inputs, a list of calls, and its outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, final

from chainrule.graph import Array

__all__ = ["Call", "Input", "Location", "Recording", "Ref", "replace_refs"]


class Ref(NamedTuple):
    """A reference, among arguments, to the result of the call or input with this key."""

    key: str


class Location(NamedTuple):
    """A location in the user's module, such as `layers.0`, `Conv3d`, `net.py:12: y = f(x)`.

    path  of the submodule; "" for the module itself
    kind  the name of the submodule's class
    line  the line of source
    """

    path: str
    kind: str
    line: str

    def __str__(self) -> str:
        inside = f"{self.path} ({self.kind})" if self.path else self.kind
        return f"{inside}, {self.line}" if self.line else inside


@final
@dataclass(frozen=True)
class Call:
    """One PyTorch operation, by its name in OPERATIONS, on earlier results and constants.

    views   whether, in PyTorch, the result shares memory with the first argument
    writes  whether, in PyTorch, the result is written into the first argument
    """

    key: str
    operation: str
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    location: Location
    views: bool = False
    writes: bool = False


@final
@dataclass(frozen=True)
class Input:
    """An input of the graph: a parameter, buffer or constant of the module, or an argument.

    name   of the parameter, buffer or constant; the position of an argument of `forward`
    value  of a constant
    """

    key: str
    kind: Literal["parameter", "constant", "input"]
    name: str = ""
    value: Array | None = None


@final
@dataclass(frozen=True)
class Recording:
    """A module recorded for given shapes: its inputs, its calls in order, and its outputs.

    names    names of results, by key
    modules  paths of the submodules whose output a result is, by key
    build    converts the list of outputs to what the module returns, such as a dictionary
    """

    inputs: tuple[Input, ...]
    calls: tuple[Call, ...]
    outputs: tuple[Any, ...]
    names: Mapping[str, str]
    modules: Mapping[str, str]
    build: Callable[[list[Any]], Any]


def replace_refs(arguments: Any, by: Callable[[Ref], Any]) -> Any:
    """Replace every Ref within nested arguments."""
    match arguments:
        case Ref():
            return by(arguments)
        case tuple():
            return tuple(replace_refs(part, by) for part in arguments)
        case list():
            return [replace_refs(part, by) for part in arguments]
        case dict():
            return {key: replace_refs(part, by) for key, part in arguments.items()}
        case _:
            return arguments
