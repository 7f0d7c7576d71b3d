"""How far rounded numbers led from the exact ones, as a table that all forms share."""

from __future__ import annotations

from dataclasses import replace

from chainrule.explain.derivation import Rounding
from chainrule.formula.numbers import MOST_DIGITS, NumberWriter, shortest

__all__ = ["HEADERS", "deviations", "sentence"]

HEADERS = ("", "rounded", "exact", "off by", "of the exact")

MORE = 2
"""How many more digits of the exact results are shown than of the rounded ones."""


def sentence(rounding: Rounding) -> str:
    """How the numbers were rounded."""
    kind = "significant digit" if rounding.significant else "place"
    digits = f"{rounding.digits} {kind}{'s' * (rounding.digits != 1)}"
    return f"every computed number was rounded to {digits} before it was used"


def deviations(rounding: Rounding, number: NumberWriter) -> list[tuple[str, ...]]:
    """A row for each result: rounded, exact with more digits, and the difference."""
    style, results = number.style, rounding.deviations
    exact = [0.0 if one.exact in rounding.zeros else one.exact for one in results]
    gaps = [_gap(one.rounded, value) for one, value in zip(results, exact, strict=True)]
    if style.significant is None:
        finer = replace(style, digits=min(max(style.digits, rounding.digits + MORE), MOST_DIGITS))
    else:
        finer = replace(style, significant=min(rounding.digits + MORE, MOST_DIGITS))
    columns = (
        [one.name for one in results],
        number.column([one.rounded for one in results]),
        NumberWriter(finer, rounding.zeros).column([one.exact for one in results]),
        NumberWriter(replace(style, significant=2)).column(gaps),
        [_share(gap, value, number) for gap, value in zip(gaps, exact, strict=True)],
    )
    return list(zip(*columns, strict=True))


def _gap(rounded: float, exact: float) -> float:
    """The difference; none between numbers that are one decimal but for binary arithmetic."""
    same = rounded == exact or (
        exact and rounded and shortest(rounded) == shortest(exact) is not None
    )
    return 0.0 if same else rounded - exact


def _share(gap: float, exact: float, number: NumberWriter) -> str:
    """The difference as a percentage of the exact result."""
    if not exact:
        return "–"
    percent = 100 * abs(gap / exact)
    near = replace(number.style, digits=2, significant=None).decimal(percent)
    written = "0" if not percent else f"{near:f}" if near else "< 0.01"
    return f"{written.replace('.', number.mark)} %"
