"""Option strings as users type them: a name, then numbers in parentheses, as in `elu(0.5)`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar

from chainrule.errors import OptionError, UnknownNameError

__all__ = ["field_names", "from_option", "parse_option"]

T = TypeVar("T")

_FORM = re.compile(r"\s*([A-Za-z_]\w*)\s*(?:\(([^()]*)\))?\s*")


def parse_option(where: str, option: object) -> tuple[str, list[float], dict[str, float]]:
    """The name, the numbers and the named numbers of an option such as `uniform(-0.1, high=1)`.

    Raises OptionError for anything that is not of this form.

    >>> parse_option("initialiser", "uniform(-0.1, high=1)")
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


def from_option(
    where: str,
    option: object,
    known: Mapping[str, Callable[..., T]],
    takes: Mapping[str, Sequence[str]],
) -> T:
    """The result of the function in `known` that `option` names, called with the option's numbers.

    `takes` lists the parameters of each function, in order; one that is not in it takes none.

    Raises UnknownNameError for an unknown name, OptionError for numbers that the function does not
    take.

    >>> from_option("power", "pow(2, exp=3)", {"pow": pow}, {"pow": ("base", "exp")})
    8.0
    """
    name, numbers, named = parse_option(where, option)
    if name not in known:
        raise UnknownNameError(where, name, known)
    accepted = list(takes.get(name, ()))
    passed = [*accepted[: len(numbers)], *named]
    if (
        len(numbers) > len(accepted)
        or len(set(passed)) < len(passed)
        or not {*named} <= {*accepted}
    ):
        form = f"{name}({', '.join(accepted)})" if accepted else f"{name} alone"
        raise OptionError(where, expected=form, got=repr(option), remedy="check its numbers")
    try:
        return known[name](*numbers, **named)
    except TypeError:  # a number without a default is missing
        raise OptionError(
            where,
            expected=f"{name}({', '.join(accepted)})",
            got=repr(option),
            remedy="give it its numbers",
        ) from None


def field_names(dataclass: Any) -> tuple[str, ...]:
    """The names of a dataclass's fields: the numbers that its option takes."""
    return tuple(field.name for field in fields(dataclass))


def _number(where: str, option: object, text: str) -> float:
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
