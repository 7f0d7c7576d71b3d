"""Renders objects whose classes cannot import the code that renders them.

`Graph.__str__` needs the code that prints graphs, and that code needs `Graph`.  So the class calls
`write`, the renderer registers itself with `writer`, and the `__init__` of the folder imports both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

__all__ = ["Form", "write", "writer"]

Form = Literal["text", "html"]

W = TypeVar("W", bound=Callable[..., str])

_WRITERS: dict[tuple[type, Form], Callable[..., str]] = {}


def writer(kind: type, form: Form) -> Callable[[W], W]:
    """Register the decorated function to render objects of class `kind` in `form`."""

    def register(function: W) -> W:
        _WRITERS[kind, form] = function
        return function

    return register


def write(shown: object, form: Form, *options: Any) -> str:
    """Render an object with the writer registered for its class or for its nearest base class.

    Raises LookupError if there is none, because the file with the writer was not imported.
    """
    for kind in type(shown).__mro__:
        if (kind, form) in _WRITERS:
            return _WRITERS[kind, form](shown, *options)
    raise LookupError(f"no writer of {type(shown).__name__} as {form} is registered")
