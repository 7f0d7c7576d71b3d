"""The parsers of `name=value` arguments and of numbers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import Any

from chainrule.errors import ExpressionError

__all__ = ["parse_number", "parse_values"]


def parse_values(words: Iterable[str]) -> dict[str, Any]:
    """Parse `name=value` arguments into numbers and lists of numbers by name.

    >>> parse_values(["x=-2", "v=[1, 2.5]", "w₁=1/2"])
    {'x': -2.0, 'v': [1.0, 2.5], 'w1': 0.5}
    """
    found: dict[str, Any] = {}
    for word in words:
        written, sign, text = word.partition("=")
        name = _name(written)
        if not sign or name is None:
            raise ExpressionError(
                "value", expected="name=number, such as x=-2", got=repr(word), remedy="no spaces"
            )
        if name in found:
            raise ExpressionError("value", expected=f"one value for {name}", got="two")
        found[name] = _value(name, text.strip())
    return found


def parse_number(option: str, text: str) -> float:
    """Parse the number of an option, such as 0.5, 1/2 or 10⁻³.

    >>> parse_number("--lr", "1/2")
    0.5
    """
    value = _value(option, text.strip())
    if isinstance(value, float):
        return value
    raise ExpressionError(option, expected="one number", got=repr(text[:60]))


def _name(written: str) -> str | None:
    name = written.strip()
    if name.isidentifier() and name.isascii():
        return name
    from chainrule.explain.expression.notation import plain_name  # slow to import

    return plain_name(name)


def _value(name: str, text: str) -> Any:
    bare = text and text[0] not in "([" and "," in text
    if bare and (match := re.fullmatch(r"([-+−]?\d+),(\d+)", text)):
        from chainrule.explain.expression.notation import refuse_decimal_comma

        refuse_decimal_comma(match[1], match[2], where=name)
    try:
        if bare:
            raise ValueError("several numbers without brackets")
        try:
            return _floats(ast.literal_eval(text))
        except (ValueError, SyntaxError):
            from chainrule.explain.expression import read_value

            return _floats(read_value(text))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError, ArithmeticError):
        raise ExpressionError(
            "value",
            expected=f"a finite number, or a list of them, for {name}",
            got=repr(text if len(text) <= 60 else f"{text[:60]}…"),
            remedy="write numbers as 0.5, 1/2, 1e-3, [1, 2] or [[1, 2], [3, 4]]",
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
