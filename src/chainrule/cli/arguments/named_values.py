"""The parser of `name=value` arguments."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from chainrule.errors import ExpressionError

__all__ = ["parse_values"]


def parse_values(words: Iterable[str]) -> dict[str, Any]:
    """Parse `name=value` arguments into numbers and lists of numbers by name.

    >>> parse_values(["x=-2", "v=[1, 2.5]"])
    {'x': -2.0, 'v': [1.0, 2.5]}
    """
    found: dict[str, Any] = {}
    for word in words:
        name, sign, text = word.partition("=")
        name = name.strip()
        if not sign or not name.isidentifier():
            raise ExpressionError(
                "value", expected="name=number, such as x=-2", got=repr(word), remedy="no spaces"
            )
        if name in found:
            raise ExpressionError("value", expected=f"one value for {name}", got="two")
        found[name] = _number(name, text)
    return found


def _number(name: str, text: str) -> Any:
    try:
        return _floats(ast.literal_eval(text.strip()))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError, OverflowError):
        raise ExpressionError(
            "value",
            expected=f"a finite number, or a list of them, for {name}",
            got=repr(text[:60]),
        ) from None


def _floats(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_floats(part) for part in value]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("not a number")
    number = float(value)
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError("not finite")
    return number
