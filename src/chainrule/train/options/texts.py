"""The written form of those options that are more than a number or a word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from chainrule.errors import OptionError

__all__ = ["parse_batch_size", "parse_class_weights", "parse_widths", "write_widths"]


def parse_widths(text: str) -> tuple[int, ...]:
    """Parse the widths of hidden layers.

    >>> parse_widths("128,64")
    (128, 64)
    """
    words = [word.strip() for word in text.split(",")] if text.strip() else []
    if not all(word.isdecimal() and int(word) > 0 for word in words):
        raise OptionError(
            "layers", expected="widths such as 128,64 (or '' for none)", got=repr(text)
        )
    return tuple(map(int, words))


def write_widths(widths: Sequence[int]) -> str:
    """The inverse of `parse_widths`."""
    return ",".join(map(str, widths))


def parse_batch_size(text: str) -> int | Literal["full"]:
    """Parse a number of rows, or `full`."""
    if text == "full":
        return "full"
    if not text.isdecimal():
        raise OptionError("batch size", expected="a whole number, or full", got=repr(text))
    return int(text)


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
