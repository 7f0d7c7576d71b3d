"""Parsers of those options of `chainrule train` that are more than a number or a word."""

from __future__ import annotations

from typing import Literal

from chainrule.errors import OptionError

__all__ = ["parse_batch_size", "parse_class_weights", "parse_widths"]


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


def parse_batch_size(text: str | None) -> int | Literal["full"] | None:
    """Parse a number of rows, or `full`; None stands for the default."""
    if text is None or text == "full":
        return text  # type: ignore[return-value]  (narrowed to None or "full")
    if not text.isdecimal():
        raise OptionError("batch size", expected="a whole number, or full", got=repr(text))
    return int(text)


def parse_class_weights(text: str | None) -> Literal["balanced"] | dict[str, float] | None:
    """Parse `balanced`, or a weight for each class; None stands for no weighting.

    >>> parse_class_weights("good=1,bad=3")
    {'good': 1.0, 'bad': 3.0}
    """
    if text is None or text == "balanced":
        return text  # type: ignore[return-value]  (narrowed to None or "balanced")
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
