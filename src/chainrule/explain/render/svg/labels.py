"""Text for drawings: short numbers, formulas in lines, shortened names, estimated widths."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from chainrule.formula.numbers import NumberWriter

__all__ = [
    "distinct_names",
    "formula_lines",
    "full_number",
    "short_number",
    "shortened",
    "text_width",
]

DASH = "–"
"""Shown for a number that is not computed yet; 0 would be wrong."""

WIDE, NARROW = "mwMW@%&∂∑—<>=+~", "fijlrtI.,:;'|!()[] "
"""Characters wider and narrower than most, in a sans-serif font."""


def short_number(value: float | None, number: NumberWriter, figures: int) -> str:
    """Write a number in few significant figures, or a dash if it is not computed yet.

    >>> from chainrule.formula.numbers import NumberStyle
    >>> write = NumberWriter(NumberStyle())
    >>> [short_number(value, write, 5) for value in (-0.2170715, 0.0000438, 15500.0, None)]
    ['−0.21707', '4.38·10⁻⁵', '15500', '–']
    """
    if value is None:
        return DASH
    return number.text(number.brief(value, min(number.style.digits, figures))).replace("-", "−")


def full_number(value: float | None, number: NumberWriter) -> str:
    """Write a number with all digits asked for, for titles that are shown on demand."""
    return DASH if value is None else number(value).replace("-", "−")


def _factors(term: str) -> list[str]:
    """Split a product into its factors, each but the first with the · before it."""
    return re.split(r"(?=·)", term)


def formula_lines(formula: str, width: int) -> list[str]:
    """Break a formula before its operators into lines of about `width`, with true minus signs.

    A term wider than a line is broken before its factors; a factor is never broken.

    >>> formula_lines("w1·i1 + w2·i2 - b1", 10)
    ['w1·i1', '+ w2·i2', '− b1']
    """
    terms = re.split(r"(?= [+−] )", re.sub(r"(?<!\w)-", "−", formula))
    lines = [""]
    for piece in (p for term in terms for p in ([term] if len(term) <= width else _factors(term))):
        if lines[-1] and len(lines[-1]) + len(piece) > width:
            lines.append(piece.strip())
        else:
            lines[-1] += piece
    return lines


def text_width(text: str, size: float = 13.0) -> float:
    """Estimate the width of a text in pixels; rather too large than too small."""
    return size * sum(map(_character_width, text))


def _character_width(character: str) -> float:
    """The width of a character as a share of the font size."""
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.05
    if character in WIDE:
        return 0.95
    if character in NARROW:
        return 0.36
    return 0.74 if character.isupper() else 0.62


def shortened(text: str, most: int) -> str:
    """The text, or its beginning and its end if it is longer than `most` characters.

    >>> shortened("a_rather_long_name_of_it", 12)
    'a_rathe…f_it'
    """
    if len(text) <= most:
        return text
    tail = most // 3
    return f"{text[: most - tail - 1]}…{text[len(text) - tail :]}"


def distinct_names(names: Sequence[str]) -> dict[str, str]:
    """Shorten every name, but only so far that all remain different.

    >>> distinct_names(["the_weight_of_the_first_input_of_it", "b"])["b"]
    'b'
    """
    for most in (26, 40, 60):
        found = {name: shortened(name, most) for name in names}
        if len(set(found.values())) == len(found):
            return found
    return {name: name for name in names}
