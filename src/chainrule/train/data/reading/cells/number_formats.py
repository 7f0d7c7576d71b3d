"""Numbers as people write them: $1,234.50, 1.234,50 €, 12 %, (300)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, final

if TYPE_CHECKING:
    import polars as pl

__all__ = [
    "DecimalMark",
    "Known",
    "Numbers",
    "are_numbers",
    "fits",
    "parse_numbers",
    "plain_numbers",
]

DecimalMark = Literal[".", ","]

Known = Literal["said", "inferred", "ambiguous"]
"""How the decimal mark of a file is known: where it is not said, a column may have the other."""

SIGN = r"[+\-−]?"
SYMBOLS = "$€£¥₹₩₽₺₪฿"
CODES = "US$|USD|EUR|GBP|JPY|CHF|CNY|INR|CAD|AUD|Rs\\.?|kr|zł".replace("$", r"\$")
CURRENCY = rf"(?:[{SYMBOLS}]|{CODES})"
SPACES = r"\x20\x{a0}\x{2009}\x{202f}"
"""The space, and those that do not break and are narrow."""
EXPONENT = r"(?:[eE][+\-]?\d+)?"


FIRST = 100
"""So many cells are looked at first: mostly they decide."""


def _body(mark: DecimalMark) -> str:
    """The digits of a number: groups of thousands or none, and decimals."""
    group = rf"[,'’{SPACES}]" if mark == "." else rf"[.'’{SPACES}]"
    grouped = rf"[1-9]\d{{0,2}}(?:{group}\d{{3}})+|[1-9]\d?(?:,\d{{2}})+,\d{{3}}"
    if mark == ",":
        grouped = rf"[1-9]\d{{0,2}}(?:{group}\d{{3}})+"
    return rf"(?:{grouped}|\d+)(?:[{mark}]\d*)?{EXPONENT}|[{mark}]\d+{EXPONENT}"


def _pattern(mark: DecimalMark) -> str:
    before = rf"\(?{SIGN}\s*{CURRENCY}?\s*{SIGN}\s*"
    return rf"^({before})({_body(mark)})(\s*(?:{CURRENCY}|%|‰)?\s*\)?)$"


@final
@dataclass(frozen=True, eq=False)
class Numbers:
    """The values of a column, and what is peculiar about how they are written."""

    values: pl.Series
    peculiar: tuple[str, ...] = ()


def fits(cells: pl.Series, mark: DecimalMark) -> bool:
    """Whether all cells are numbers with this decimal mark."""
    few, pattern = cells.head(FIRST), _pattern(mark)
    return bool(few.str.contains(pattern).all()) and bool(cells.str.contains(pattern).all())


def are_numbers(cells: pl.Series, mark: DecimalMark) -> pl.Series:
    """For each cell whether it is a number; null for a missing one."""
    import polars as pl

    return cells.str.contains(_pattern(mark)) | cells.cast(pl.Float64, strict=False).is_not_null()


def plain_numbers(cells: pl.Series) -> pl.Series | None:
    """The cells as float64 if all are numbers as programs print them, else None."""
    import polars as pl

    values = cells.cast(pl.Float64, strict=False)
    return values if values.null_count() == cells.null_count() else None


def parse_numbers(cells: pl.Series, mark: DecimalMark) -> Numbers | None:
    """The numbers of a column, all of one unit; None where some cells are none.

    Negative numbers may stand in brackets.  Percentages stay as they are written: 12 % is 12.

    >>> import polars as pl
    >>> parse_numbers(pl.Series(["$1,250.50", "($3)", None]), ".").values.to_list()
    [1250.5, -3.0, None]
    >>> parse_numbers(pl.Series(["1.250,5 €"]), ",").peculiar
    ('€', 'thousands separated', 'decimal comma')
    """
    import polars as pl

    if mark == "." and (plain := plain_numbers(cells)) is not None:
        return Numbers(plain)
    if not fits(cells, mark):  # groups of all cells take several times their memory
        return None
    parts = cells.str.extract_groups(_pattern(mark)).struct
    before, body, after = (parts.field(str(i)) for i in (1, 2, 3))
    ends = pl.concat([before, after])
    symbols = ends.str.extract(f"({CURRENCY})").drop_nulls().unique().sort().to_list()
    percent = after.str.extract("([%‰])")
    shares = percent.drop_nulls().unique().to_list()
    whole = cells.len() - cells.null_count()
    if len(symbols) + len(shares) > 1 or (shares and percent.count() < whole):
        return None  # in different units
    if bool((before.str.starts_with("(") != after.str.ends_with(")")).any()):
        return None
    groups = r"[,'’\s]" if mark == "." else r"[.'’\s]"
    digits = body.str.replace_all(groups, "").str.replace(",", ".", literal=True)
    negative = before.str.contains(r"[(\-−]")
    size = digits.cast(pl.Float64, strict=False)
    values = pl.select(pl.when(negative).then(-size).otherwise(size)).to_series()
    peculiar = [*symbols, *shares]
    if bool(body.str.contains(r"\d" + groups + r"\d").any()):
        peculiar.append("thousands separated")
    if mark == "," and bool(body.str.contains(",", literal=True).any()):
        peculiar.append("decimal comma")
    return Numbers(values, tuple(peculiar))
