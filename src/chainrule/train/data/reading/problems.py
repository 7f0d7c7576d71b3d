"""Problems of a file, all reported in one message with the words that would solve them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

from chainrule.errors import DataError

__all__ = ["Problem", "refuse", "unreadable"]

MOST_LISTED = 12
"""The most problems that one message lists."""


@final
@dataclass(frozen=True)
class Problem:
    """What is wrong with a file, and what to add to the command line, such as `--drop note`."""

    expected: str
    got: str
    fix: tuple[str, ...] = ()


def refuse(where: str, problems: Sequence[Problem], settled: bool = False) -> DataError:
    """The error for these problems, of which there is one or more.

    Where it is `settled` how the file is read, as for predictions, only the file can change.

    >>> print(refuse("a.csv", [Problem("numbers in 'x'", "'n.d.'", ("--missing", "n.d."))]))
    a.csv: expected numbers in 'x', got 'n.d.'; add --missing n.d.
    """
    fix = () if settled else tuple(word for problem in problems for word in problem.fix)
    remedy = f"add {shlex.join(fix)}" if fix else "correct the file"
    if len(problems) == 1:
        expected, got = problems[0].expected, problems[0].got
    else:
        listed = [
            f"({i}) expected {problem.expected}, got {problem.got}"
            for i, problem in enumerate(problems[:MOST_LISTED], 1)
        ]
        more = len(problems) - len(listed)
        expected = "a table that can be read"
        got = f"{len(problems)} problems: {' '.join(listed)}{f' and {more} more' * (more > 0)}"
    error = DataError(where, expected=expected, got=got, remedy=remedy)
    error.fix = fix
    return error


def unreadable(path: Path, got: str, remedy: str) -> DataError:
    """The error for a file that no table can be read from."""
    return DataError(str(path), expected="a readable table", got=got, remedy=remedy)
