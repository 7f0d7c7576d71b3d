"""How objects show themselves: their writers stand in files above them and register here.

A graph prints itself, but the file that prints graphs imports graphs.  So the class asks for its
writer by class and form, and the file with the writer registers it; the face of the package
imports both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

__all__ = ["Form", "write", "writer"]

Form = Literal["text", "html"]

W = TypeVar("W", bound=Callable[..., str])

_WRITERS: dict[tuple[type, Form], Callable[..., str]] = {}


def writer(kind: type, form: Form) -> Callable[[W], W]:
    """Register the function below as what writes objects of a class in a form."""

    def register(function: W) -> W:
        _WRITERS[kind, form] = function
        return function

    return register


def write(thing: object, form: Form, *options: Any) -> str:
    """The object in a form, by the writer registered for its class or for the nearest base.

    Raises LookupError if there is none: the file with the writer was not imported.
    """
    for kind in type(thing).__mro__:
        if (kind, form) in _WRITERS:
            return _WRITERS[kind, form](thing, *options)
    raise LookupError(f"no writer of {type(thing).__name__} as {form} is registered")
