"""Schemas: what the entries of a file may be, checked once, when the file is read.

A schema is a function of a value and its place in the file; it raises `MismatchError` with both.
Everything that comes after may rely on types, ranges and finite numbers.
"""

from __future__ import annotations

import json
import math
import reprlib
from collections.abc import Callable, Mapping
from typing import Any, final

from chainrule.errors import RunError

__all__ = [
    "MismatchError",
    "Schema",
    "check",
    "either",
    "list_of",
    "null",
    "number",
    "one_of",
    "parse_json",
    "parse_toml",
    "plain",
    "table",
    "table_of",
    "text",
    "truth",
    "whole",
]

Schema = Callable[[Any, str], None]

LARGEST = 2**53
"""The largest whole number that is accepted: up to it, float64 has every one of them."""

DEEPEST = 16
"""The most tables within tables that `plain` accepts."""


@final
class MismatchError(Exception):
    """A value that its schema does not accept, and its place in the file."""

    def __init__(self, place: str, expected: str, value: Any) -> None:
        super().__init__(place)
        self.place, self.expected, self.got = place, expected, reprlib.repr(value)


def check(schema: Schema, value: Any, where: str, remedy: str) -> None:
    """Raise RunError, which names the file `where`, unless the schema accepts the value.

    >>> check(table({"epoch": whole()}), {"epoch": -1}, "history.jsonl", "remove that line")
    Traceback (most recent call last):
        ...
    chainrule.errors.RunError: history.jsonl: expected a whole number from 0 on as 'epoch', \
got -1; remove that line
    """
    try:
        schema(value, "")
    except MismatchError as error:
        place = f" as {error.place!r}" if error.place else ""
        raise RunError(
            where, expected=f"{error.expected}{place}", got=error.got, remedy=remedy
        ) from None


def parse_json(content: str | bytes) -> Any:
    """The value of a JSON text; ValueError for text that is none, or nested too deeply."""
    try:
        return json.loads(content)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def parse_toml(content: str) -> dict[str, Any]:
    """The table of a TOML text; ValueError for text that is none, or nested too deeply."""
    import tomllib  # three milliseconds, which programs that read no run need not wait

    try:
        return tomllib.loads(content)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def whole(least: int = 0) -> Schema:
    """A whole number from `least` to 2⁵³."""

    def schema(value: Any, place: str) -> None:
        if type(value) is not int or not least <= value <= LARGEST:
            bound = f"to {LARGEST}" if type(value) is int and value > LARGEST else "on"
            raise MismatchError(place, f"a whole number from {least} {bound}", value)

    return schema


def number(least: float = -math.inf, above: float = -math.inf, finite: bool = True) -> Schema:
    """A number, by default a finite one; also as text such as "nan" unless it is to be finite."""
    bound = f" above {above:g}" if above > -math.inf else ""
    bound += f" from {least:g} on" if least > -math.inf else ""

    def schema(value: Any, place: str) -> None:
        if not finite and value in ("nan", "inf", "-inf"):
            return
        try:
            real = float(value) if type(value) in (int, float) else math.nan
        except OverflowError:
            real = math.inf
        fits = least <= real and above < real
        if type(value) not in (int, float) or (finite and not (math.isfinite(real) and fits)):
            raise MismatchError(place, f"a {'finite ' * finite}number{bound}", value)

    return schema


def text(value: Any, place: str) -> None:
    """A text without surrogates, which cannot be written."""
    if type(value) is not str or (
        not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value)
    ):
        raise MismatchError(place, "a text", value)


def truth(value: Any, place: str) -> None:
    """True or false."""
    if type(value) is not bool:
        raise MismatchError(place, "true or false", value)


def null(value: Any, place: str) -> None:
    """Nothing, where a file has an entry for it."""
    if value is not None:
        raise MismatchError(place, "nothing", value)


def one_of(*words: str) -> Schema:
    """One of these texts."""

    def schema(value: Any, place: str) -> None:
        if type(value) is not str or value not in words:
            raise MismatchError(place, f"one of {', '.join(words)}", value)

    return schema


def either(expected: str, *schemas: Schema) -> Schema:
    """Whatever one of these accepts; `expected` says so in words."""

    def schema(value: Any, place: str) -> None:
        for each in schemas:
            try:
                return each(value, place)
            except MismatchError:
                continue
        raise MismatchError(place, expected, value)

    return schema


def list_of(
    entry: Schema, least: int = 0, most: int | None = None, distinct: bool = False
) -> Schema:
    """A list of what `entry` accepts."""

    def schema(value: Any, place: str) -> None:
        if type(value) is not list:
            raise MismatchError(place, "a list", value)
        for number, each in enumerate(value):
            entry(each, f"{place}[{number}]")
        if len(value) < least or (most is not None and len(value) > most):
            count = f"{least}" if most == least else f"{least} or more" if most is None else "fewer"
            raise MismatchError(place, f"a list of {count}", value)
        if distinct and len(set(value)) < len(value):
            raise MismatchError(place, "a list of different entries", value)

    return schema


def table_of(entry: Schema) -> Schema:
    """A table with any names, whose entries `entry` accepts."""

    def schema(value: Any, place: str) -> None:
        if type(value) is not dict:
            raise MismatchError(place, "a table", value)
        for name, each in value.items():
            text(name, place)
            entry(each, _inside(place, name))

    return schema


def table(
    required: Mapping[str, Schema],
    optional: Mapping[str, Schema] | None = None,
    others: Schema | None = None,
) -> Schema:
    """A table with these entries; others are as `others` says, or refused."""
    known = {**required, **(optional or {})}

    def schema(value: Any, place: str) -> None:
        if type(value) is not dict:
            raise MismatchError(place, "a table", value)
        for name in required:
            if name not in value:
                raise MismatchError(_inside(place, name), "an entry", None)
        for name, each in value.items():
            text(name, place)
            accept = known.get(name, others)
            if accept is None:
                raise MismatchError(_inside(place, name), "no such entry", each)
            accept(each, _inside(place, name))

    return schema


def plain(value: Any, place: str) -> None:
    """Numbers, texts, truth values, and lists and tables of them, not nested too deeply."""
    if place.count(".") + place.count("[") > DEEPEST:
        raise MismatchError(place, f"at most {DEEPEST} tables within tables", value)
    if isinstance(value, dict):
        table_of(plain)(value, place)
    elif isinstance(value, list):
        list_of(plain)(value, place)
    elif isinstance(value, str):
        text(value, place)
    elif value is not None and not isinstance(value, (int, float)):
        raise MismatchError(place, "numbers, texts, lists or tables", value)


def _inside(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
