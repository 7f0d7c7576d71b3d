"""Dates and times as people write them, parsed by Polars."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

__all__ = ["ISO", "date_formats", "days_of"]

ISO = "ISO"
"""The name of the format that needs none: 2026-01-31, with or without a time and an offset."""

DAY = 86_400e6
"""Microseconds of a day."""

DATES = (
    *("%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d.%m.%Y", "%Y.%m.%d", "%d-%m-%Y", "%m-%d-%Y"),
    *("%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%m-%y", "%m-%d-%y", "%Y-%m"),
    *("%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d/%b/%Y", "%b %d, %Y", "%b %d %Y", "%Y-%b-%d"),
    *("%d %B %Y", "%B %d, %Y", "%B %d %Y", "%d. %B %Y"),
)
TIMES = ("", " %H:%M", " %H:%M:%S%.f", " %I:%M %p", " %I:%M:%S %p")
COMPACT = ("%Y%m%d", "%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m", "%Y")
"""Formats of digits alone, only for columns that are said to be dates."""
ALONE = ("%H:%M", "%H:%M:%S%.f", "%I:%M %p", "%I:%M:%S %p")
"""Times without a date: a share of the day."""

PARTS = {
    "%Y": r"\d{4}",
    "%y": r"\d{2}",
    "%m": r"\d{1,2}",
    "%d": r"\d{1,2}",
    "%H": r"\d{1,2}",
    "%I": r"\d{1,2}",
    "%M": r"\d{2}",
    "%S": r"\d{2}",
    "%.f": r"(\.\d+)?",
    "%b": r"[A-Za-z]{3}",
    "%B": r"[A-Za-z]{3,}",
    "%p": r"[AaPp][Mm]",
    "%j": r"\d{1,3}",
    "%f": r"\d+",
    "%z": r"[+-]\d{2}:?\d{2}",
}
"""What stands for each part of a format; parsers alone would take 21 for the year 21."""

CLOCK = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?"
OFFSET = r"( ?(Z|UTC)|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)?"
_ISO_DATE = rf"^\d{{4}}-\d{{2}}-\d{{2}}([T ]{CLOCK}{OFFSET})?$"


def days_of(cells: pl.Series, form: str) -> pl.Series | None:
    """Days since 1970-01-01 as float64, if all cells are dates in this format, else None.

    >>> import polars as pl
    >>> days_of(pl.Series(["1970-01-02T06:00:00Z", None]), ISO).to_list()
    [1.25, None]
    >>> days_of(pl.Series(["02/01/1970", "1/13/1970"]), "%m/%d/%Y").to_list()
    [31.0, 12.0]
    """
    import polars as pl

    if form == ISO:
        return _iso_days(cells)
    pattern = _pattern(form)
    if pattern is not None and not cells.str.contains(pattern).all():
        return None
    has_date = re.search(r"%[YymdbBjDFcexsGVUW]", form) is not None
    has_time = re.search(r"%[HIMSTRpXcs+f]", form) is not None
    if form in ("%Y-%m", "%Y%m", "%Y"):
        whole = {"%Y-%m": "%Y-%m-%d", "%Y%m": "%Y%m%d", "%Y": "%Y%m%d"}[form]
        cells, form = cells + {"%Y-%m": "-01", "%Y%m": "01", "%Y": "0101"}[form], whole
    if not has_date:
        cells, form = "1970-01-01 " + cells, f"%Y-%m-%d {form}"
    try:
        if has_time:
            moments = cells.str.to_datetime(form, time_unit="us", strict=False)
            if isinstance(moments.dtype, pl.Datetime) and moments.dtype.time_zone:
                moments = moments.dt.convert_time_zone("UTC")
        else:
            moments = cells.str.to_date(form, strict=False).cast(pl.Datetime("us"))
    except pl.exceptions.PolarsError:
        return None
    if moments.null_count() > cells.null_count():
        return None
    return _in_days(moments.to_physical())


def date_formats(cells: pl.Series, compact: bool = False) -> dict[str, pl.Series]:
    """Each format that all cells are dates in, and the days that they are then.

    Formats under which they are the same days are one; `compact` ones are like plain numbers.

    >>> import polars as pl
    >>> list(date_formats(pl.Series(["03/04/2021", "05/06/2021"])))
    ['%d/%m/%Y', '%m/%d/%Y']
    """
    present = cells.drop_nulls()
    if not len(present) or not re.search(r"\d", present[0]):
        return {}
    if (iso := days_of(cells, ISO)) is not None:
        return {ISO: iso}
    found: dict[str, pl.Series] = {}
    few = present.head(20)
    forms = [date + time for date in DATES for time in TIMES] + list(ALONE)
    forms += COMPACT if compact else ()
    for form in forms:
        if not re.match(_pattern(form) or "", present[0]) or days_of(few, form) is None:
            continue
        days = days_of(cells, form)
        if days is not None and not any(days.equals(other) for other in found.values()):
            found[form] = days
    return found


def _iso_days(cells: pl.Series) -> pl.Series | None:
    import polars as pl

    if not cells.str.contains(_ISO_DATE).all():
        return None
    offset = cells.str.extract(r"[T ].*([+-]\d{2}(?::?\d{2})?)$")
    parts = (offset.str.extract(r"(\d\d):?(\d\d)?", i) for i in (1, 2))
    hours, minutes = (part.cast(pl.Int64).fill_null(0) for part in parts)
    east = (hours * 60 + minutes) * 60_000_000
    west = offset.str.starts_with("-").fill_null(False)
    sign = pl.select(pl.when(west).then(-1).otherwise(1)).to_series()
    dates = cells.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    if dates.null_count() > cells.null_count():  # such as 30 February
        return None
    clock = cells.str.extract(r"^.{11}(\d{2}:\d{2})", 1)
    seconds = cells.str.extract(r"^.{11}\d{2}:\d{2}:(\d{2})", 1).cast(pl.Int64).fill_null(0)
    fraction = cells.str.extract(r"^.{19}\.(\d{1,6})", 1).str.pad_end(6, "0")
    micros = (
        dates.cast(pl.Datetime("us")).to_physical()
        + clock.str.slice(0, 2).cast(pl.Int64).fill_null(0) * 3_600_000_000
        + clock.str.slice(3, 2).cast(pl.Int64).fill_null(0) * 60_000_000
        + seconds * 1_000_000
        + fraction.cast(pl.Int64).fill_null(0)
        - sign * east
    )
    return _in_days(micros)


def _in_days(micros: pl.Series) -> pl.Series:
    """Microseconds as days, divided by NumPy: Polars multiplies by 1 / DAY, which rounds twice."""
    import polars as pl

    days = micros.cast(pl.Float64).fill_null(float("nan")).to_numpy() / DAY
    return pl.Series(micros.name, days).fill_nan(None)


@cache
def _pattern(form: str) -> str | None:
    """The regular expression of cells in a format; None for a format with other parts."""
    pieces = re.split(r"(%\.?[A-Za-z])", form)
    if any(piece.startswith("%") and piece not in PARTS for piece in pieces):
        return None
    return "^" + "".join(PARTS.get(piece) or re.escape(piece) for piece in pieces) + "$"
