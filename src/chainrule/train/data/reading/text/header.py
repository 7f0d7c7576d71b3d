"""The first line of a table: names of columns, or already data."""

from __future__ import annotations

import csv
from collections.abc import Sequence

__all__ = ["distinct_names", "is_number", "looks_like_data", "numbered", "split_cells"]


def split_cells(line: str, delimiter: str) -> list[str]:
    """The cells of one record, without spaces around them.

    >>> split_cells('"a, b", c', ",")
    ['a, b', 'c']
    """
    return [cell.strip() for row in csv.reader([line], delimiter=delimiter) for cell in row]


def numbered(width: int) -> list[str]:
    """The names of columns in a file without a header.

    >>> numbered(3)
    ['column_1', 'column_2', 'column_3']
    """
    return [f"column_{i}" for i in range(1, width + 1)]


def looks_like_data(names: Sequence[str]) -> bool:
    """Whether the first line cannot hold names: numbers with decimals, or nothing but numbers.

    Years may be names beside others, and so may the numbers from 0 on that pandas writes.

    >>> looks_like_data(["0.942", "b"]), looks_like_data(["country", "2019"])
    (True, False)
    >>> looks_like_data(["7", "9"]), looks_like_data(["0", "1", "2"])
    (True, False)
    """
    numbers = [name for name in names if is_number(name)]
    if any(not name.isdecimal() for name in numbers):
        return True
    counted = [str(i) for i in range(len(numbers))]
    return bool(numbers) and len(numbers) == sum(map(bool, names)) and numbers != counted


def distinct_names(names: Sequence[str]) -> list[str]:
    """The names, those that were there before with a number.

    >>> distinct_names(["x", "x", "x_1", "x"])
    ['x', 'x_2', 'x_1', 'x_3']
    """
    taken, seen, distinct = set(names), set[str](), list[str]()
    for name in names:
        if name in seen:
            number = 1
            while f"{name}_{number}" in taken:
                number += 1
            name = f"{name}_{number}"
            taken.add(name)
        seen.add(name)
        distinct.append(name)
    return distinct


def is_number(cell: str) -> bool:
    """Whether a name reads as a finite number, which nan and inf are not."""
    try:
        return abs(float(cell)) < float("inf")
    except ValueError:
        return False
