"""Dates as people write them, and as ISO 8601 does: pairs that are generated."""

from __future__ import annotations

import calendar
import datetime

import numpy as np

__all__ = ["dates", "ways_to_write"]

FIRST, LAST = datetime.date(1950, 1, 1), datetime.date(2049, 12, 31)
"""A century, in which two digits of a year say which one is meant."""

UNITS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"),
    *("tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth"),
    *("seventeenth", "eighteenth", "nineteenth"),
)
TENS = ("twentieth", "thirtieth")


def dates(count: int, seed: int = 0) -> list[tuple[str, str]]:
    """So many different writings of dates, each with ISO's, as the seed decides.

    >>> for pair in dates(3):
    ...     print(*pair, sep=" → ")
    the twenty-fourth of January, 2035 → 2035-01-24
    February 11th, 2001 → 2001-02-11
    13 October 1980 → 1980-10-13
    """
    rng = np.random.default_rng(seed)
    days = (LAST - FIRST).days + 1
    found: dict[str, str] = {}
    while len(found) < count:
        date = FIRST + datetime.timedelta(int(rng.integers(days)))
        ways = ways_to_write(date)
        found.setdefault(ways[int(rng.integers(len(ways)))], date.isoformat())
    return list(found.items())


def ways_to_write(date: datetime.date) -> list[str]:
    """The ways in which a date may be written; in numbers, the day comes first.

    >>> ways_to_write(datetime.date(2021, 3, 3))[:4]
    ['3 March 2021', '3rd March 2021', 'the 3rd of March 2021', 'March 3, 2021']
    """
    day, month, year = date.day, date.month, date.year
    long, short = calendar.month_name[month], calendar.month_abbr[month]
    weekday = calendar.day_name[date.weekday()]
    nth, word, two = f"{day}{_suffix(day)}", _ordinal(day), f"{year % 100:02d}"
    return [
        f"{day} {long} {year}",
        f"{nth} {long} {year}",
        f"the {nth} of {long} {year}",
        f"{long} {day}, {year}",
        f"{long} {nth}, {year}",
        f"{short} {day}, {year}",
        f"{day} {short} {year}",
        f"{day}-{short.lower()}-{two}",
        f"{weekday}, {day} {long} {year}",
        f"{weekday}, {long} {nth}, {year}",
        f"the {word} of {long}, {year}",
        f"{long} the {word}, {year}",
        f"{day}.{month}.{year}",
        f"{day}.{month}.{two}",
        f"{day:02d}/{month:02d}/{year}",
        f"{day:02d}/{month:02d}/{two}",
    ]


def _suffix(day: int) -> str:
    return "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _ordinal(day: int) -> str:
    """The day in words.

    >>> _ordinal(3), _ordinal(20), _ordinal(31)
    ('third', 'twentieth', 'thirty-first')
    """
    if day < 20:
        return UNITS[day - 1]
    if day % 10 == 0:
        return TENS[day // 10 - 2]
    return f"{('twenty', 'thirty')[day // 10 - 2]}-{UNITS[day % 10 - 1]}"
