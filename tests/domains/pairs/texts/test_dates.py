"""Generated dates: what is written is what ISO says, by an independent reading."""

from __future__ import annotations

import datetime
import re

from hypothesis import given
from hypothesis import strategies as st

from chainrule.domains.pairs.texts.dates import FIRST, LAST, dates, ways_to_write

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
UNITS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"),
    *("tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth"),
    *("seventeenth", "eighteenth", "nineteenth"),
)
WORDS = [
    *UNITS,
    "twentieth",
    *(f"twenty-{unit}" for unit in UNITS[:9]),
    "thirtieth",
    "thirty-first",
]
NUMBERS = {word: number for number, word in enumerate(WORDS, 1)}


def read(text: str) -> datetime.date:
    """The date that a text means: an independent reading, word by word."""
    month, numbers = None, []
    for word in re.split(r"[\s,./]+|(?<=\d)-|-(?=\d)", text.lower()):
        if word in NUMBERS:
            numbers.append(NUMBERS[word])
        elif digits := re.match(r"\d+", word):
            numbers.append(int(digits[0]))
        elif word[:3] in MONTHS and not word.endswith("day"):
            month = MONTHS.index(word[:3]) + 1
    if month is None:
        day, month, year = numbers
    else:
        day, year = numbers
    if year < 100:
        year += 2000 if year < 50 else 1900
    return datetime.date(year, month, day)


@given(st.dates(FIRST, LAST))
def test_every_way_means_the_date(date):
    assert {read(way) for way in ways_to_write(date)} == {date}


def test_weekdays():
    ways = ways_to_write(datetime.date(2021, 3, 3))
    assert "Wednesday, 3 March 2021" in ways
    assert "the third of March, 2021" in ways


def test_the_same_ones_each_time_and_all_different():
    assert dates(50) == dates(50) != dates(50, seed=1)
    assert dates(20) == dates(50)[:20]
    assert len({text for text, _ in dates(500)}) == 500
    assert all(read(text).isoformat() == iso for text, iso in dates(500))
