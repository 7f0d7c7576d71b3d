"""Options as people type them: a name, with numbers in parentheses where it takes some."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar

from chainrule.errors import OptionError, UnknownNameError

__all__ = ["chosen", "parse"]

T = TypeVar("T")

_FORM = re.compile(r"\s*([A-Za-z_]\w*)\s*(?:\(([^()]*)\))?\s*")


def parse(where: str, option: str) -> tuple[str, list[float], dict[str, float]]:
    """The name, the numbers and the named numbers of an option such as `uniform(-0.1, high=1)`.

    Raises OptionError for anything that does not read like this.

    >>> parse("initialiser", "uniform(-0.1, high=1)")
    ('uniform', [-0.1], {'high': 1.0})
    """
    match = _FORM.fullmatch(option) if isinstance(option, str) else None
    if match is None:
        raise OptionError(
            where,
            expected="a name, with numbers in parentheses where it takes some",
            got=repr(option),
            remedy="write it like constant(0.5)",
        )
    name, inside = match.group(1).lower(), (match.group(2) or "").strip()
    numbers: list[float] = []
    named: dict[str, float] = {}
    for part in inside.split(",") if inside else []:
        key, equals, text = part.rpartition("=")
        number = _number(where, option, text)
        if equals:
            named[key.strip()] = number
        elif named:
            raise OptionError(
                where, expected="named numbers after the others", got=repr(option), remedy=""
            )
        else:
            numbers.append(number)
    return name, numbers, named


def chosen(
    where: str,
    option: str,
    known: Mapping[str, Callable[..., T]],
    takes: Mapping[str, Sequence[str]],
) -> T:
    """What `option` asks for: the entry of `known` with this name, called with the numbers.

    `takes` names the numbers that an entry takes; those not listed take none.
    Raises UnknownNameError for the name, OptionError for numbers it does not take.
    """
    name, numbers, named = parse(where, option)
    if name not in known:
        raise UnknownNameError(where, name, known)
    accepted = list(takes.get(name, ()))
    given = [*accepted[: len(numbers)], *named]
    if len(numbers) > len(accepted) or len(set(given)) < len(given) or not {*named} <= {*accepted}:
        form = f"{name}({', '.join(accepted)})" if accepted else f"{name} alone"
        raise OptionError(where, expected=form, got=repr(option), remedy="check its numbers")
    try:
        return known[name](*numbers, **named)
    except TypeError:  # one without a default was left out
        raise OptionError(
            where,
            expected=f"{name}({', '.join(accepted)})",
            got=repr(option),
            remedy="give it its numbers",
        ) from None


def numbers_of(dataclass: Any) -> tuple[str, ...]:
    """The fields of a dataclass, as the numbers its option takes."""
    return tuple(field.name for field in fields(dataclass))


def _number(where: str, option: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise OptionError(
            where,
            expected="numbers between the parentheses",
            got=f"{text.strip()!r} in {option!r}",
            remedy="separate them by commas",
        )
    return number
