"""The geometry of sliding windows: settings for each axis, spans, and how many windows fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from chainrule.arguments import shown, whole_numbers
from chainrule.errors import OptionError
from chainrule.graph import misfit

__all__ = [
    "Edges",
    "Lengths",
    "Padding",
    "count_axes",
    "edges_of",
    "for_each_axis",
    "spanned_lengths",
    "split_axes",
    "window_counts",
]

Lengths = tuple[int, ...]
"""A number for each windowed axis."""

Edges = tuple[tuple[int, int], ...]
"""How many entries are added before and after each windowed axis."""

Padding = int | Sequence[int] | Literal["same", "valid"]
"""What `convolution` takes as padding."""


def for_each_axis(name: str, setting: int | Sequence[int], axes: int, least: int) -> Lengths:
    """Return a setting for each windowed axis, given one number for all of them or a sequence.

    Raises OptionError for a sequence of another length, and for numbers below `least`.
    """
    try:
        numbers = whole_numbers(name, setting, least)
    except OptionError:
        numbers = ()
    numbers = (numbers,) * axes if isinstance(numbers, int) else numbers
    if not numbers or len(numbers) != axes:
        raise OptionError(
            name,
            expected=f"a whole number from {least} up, or {axes} of them, one for each axis",
            got=shown(setting),
        )
    return numbers


def edges_of(
    name: str, padding: Padding, size: Lengths, stride: Lengths, dilation: Lengths
) -> Edges:
    """Return the padding before and after each axis, given numbers, "same" or "valid".

    With "same" there are as many windows as entries; an odd entry is added at the end.

    Raises OptionError for "same" with a stride above 1, for other words, and as `for_each_axis`.
    """
    if not isinstance(padding, str):
        return tuple((p, p) for p in for_each_axis(name, padding, len(size), 0))
    if padding not in ("same", "valid"):
        raise OptionError(name, expected="'same', 'valid' or whole numbers", got=repr(padding))
    if padding == "valid":
        return ((0, 0),) * len(size)
    if any(step != 1 for step in stride):
        raise OptionError(
            name,
            expected="a stride of 1 with 'same'",
            got=f"the stride {shown(stride)}",
            remedy="give the padding as numbers",
        )
    widths = [d * (k - 1) for k, d in zip(size, dilation, strict=True)]
    return tuple((width // 2, width - width // 2) for width in widths)


def count_axes(name: str, setting: int | Sequence[int]) -> int:
    """Return how many windowed axes a setting is for: one for a number, else one for each.

    Raises OptionError for what is no whole number or several.
    """
    numbers = whole_numbers(name, setting)
    axes = 1 if isinstance(numbers, int) else len(numbers)
    if not axes:
        raise OptionError(name, expected="a number for one axis or more", got=shown(setting))
    return axes


def split_axes(shape: Lengths, axes: int) -> tuple[Lengths, Lengths]:
    """Return the lengths of the axes before the last ones, and of the last `axes`."""
    return shape[: len(shape) - axes], shape[len(shape) - axes :]


def spanned_lengths(count: Lengths, size: Lengths, stride: Lengths, dilation: Lengths) -> Lengths:
    """Return how many entries `count` windows span along each axis."""
    parts = zip(count, size, stride, dilation, strict=True)
    return tuple((o - 1) * s + d * (k - 1) + 1 for o, k, s, d in parts)


def window_counts(length: Lengths, size: Lengths, stride: Lengths, dilation: Lengths) -> Lengths:
    """Return how many windows fit along each axis.  Raises ShapeError if none fits."""
    spans = spanned_lengths((1,) * len(size), size, stride, dilation)
    if len(length) < len(size) or any(n < m for n, m in zip(length, spans, strict=True)):
        raise misfit(
            f"at least {' × '.join(map(str, spans))} entries, what one window spans",
            "pad the input or make the window smaller",
        )
    return tuple((n - m) // s + 1 for n, m, s in zip(length, spans, stride, strict=True))
