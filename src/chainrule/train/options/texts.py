"""The written form of those options that are more than a number or a word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from chainrule.errors import OptionError

__all__ = ["parse_batch_size", "parse_class_weights", "parse_widths", "write_widths"]

MOST_DIGITS = 100
"""Of a whole number that is read; what may be chosen is checked elsewhere."""


def parse_widths(text: str) -> tuple[int, ...]:
    """Parse the widths of hidden layers.

    >>> parse_widths("128,64")
    (128, 64)
    """
    words = text.split(",") if text.strip() else []
    widths = [_whole_number(word.strip()) for word in words]
    if not all(widths):
        raise OptionError(
            "layers", expected="widths such as 128,64 (or '' for none)", got=repr(text)
        )
    return tuple(width for width in widths if width is not None)


def write_widths(widths: Sequence[int]) -> str:
    """The inverse of `parse_widths`."""
    return ",".join(map(str, widths))


def parse_batch_size(text: str) -> int | Literal["full"]:
    """Parse a number of rows, or `full`."""
    if text == "full":
        return "full"
    size = _whole_number(text)
    if size is None:
        raise OptionError("batch size", expected="a whole number, or full", got=repr(text))
    return size


def _whole_number(text: str) -> int | None:
    """The number; None for another text, and for more digits than Python converts."""
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else None


def parse_class_weights(text: str) -> Literal["balanced"] | dict[str, float]:
    """Parse `balanced`, or a weight for each class.

    >>> parse_class_weights("good=1,bad=3")
    {'good': 1.0, 'bad': 3.0}
    """
    if text == "balanced":
        return "balanced"
    weights: dict[str, float] = {}
    for part in text.split(","):
        name, _, number = part.rpartition("=")
        name = name.strip()
        if name in weights:
            raise OptionError("class weights", expected="each class once", got=f"{name!r} twice")
        try:
            weights[name] = float(number)
        except ValueError:
            name = ""
        if not name:
            raise OptionError(
                "class weights",
                expected="balanced, or weights by class such as good=1,bad=3",
                got=repr(text),
            )
    return weights
