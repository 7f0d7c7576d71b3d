"""The options of a run about the rows that are held out, besides how many they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chainrule.errors import OptionError
from chainrule.train.options.checks import if_given
from chainrule.train.options.option import DATA, Section, option

__all__ = ["HeldOutOptions", "check_folds", "check_one_division"]


def check_folds(value: Any) -> int:
    """The number of folds as an int, from 2 on."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 2:
        raise OptionError(
            "folds",
            expected="a whole number, 2 or more",
            got=repr(value),
            remedy="5 is usual; leave it out to hold out one part of the rows",
        )
    return value


def check_one_division(
    *, test: bool, folds: bool, group: bool, time: bool, fraction: bool = False
) -> None:
    """Raise OptionError, saying what to use, where two of these were given that exclude another."""
    if test and folds:
        raise _both(
            "test and folds", "test for rows of their own, or folds to test with all in turn"
        )
    if group and time:
        raise _both(
            "group and time", "time if later rows are to be predicted, group if new groups are"
        )
    if fraction and (test or folds):
        other = "test" if test else "folds"
        raise _both(
            f"{other} and test fraction",
            f"{other} alone: it says already which rows are tested with",
        )


def _both(got: str, remedy: str) -> OptionError:
    return OptionError(
        "held-out rows",
        expected="one way to choose the test rows",
        got=got,
        remedy=f"use {remedy}",
    )


@dataclass(frozen=True, kw_only=True)
class HeldOutOptions:
    """The options of a run about the rows that are held out.

    `test` is a file of test rows; with `folds` as many parts take turns as the test rows.  Rows of
    one value in the column `group` are never on both sides; by the column `time`, the latest rows
    are held out.  Neither column is an input, except, with `time_input`, the latter.
    """

    test: str | None = option(
        None,
        "Test with the rows of this file, and train with all of SOURCE.",
        "FILE",
        Section.HELD_OUT,
        tables=(DATA,),
    )
    folds: int | None = option(
        None,
        "Cross-validate: test with each of K parts in turn; keep a network of all rows.",
        "K",
        Section.HELD_OUT,
        check=if_given(check_folds),
        tables=(DATA,),
        typed=int,
    )
    group: str | None = option(
        None,
        "Never hold out some rows of one group and train with others; the column is no input.",
        "COLUMN",
        Section.HELD_OUT,
        tables=(DATA,),
    )
    time: str | None = option(
        None,
        "Hold out the latest rows by this column, which is no input.",
        "COLUMN",
        Section.HELD_OUT,
        tables=(DATA,),
    )
    time_input: bool = option(
        False,
        "Let the --time column be an input too.",
        None,
        Section.HELD_OUT,
        tables=(DATA,),
        typed=bool,
        store=lambda value: value or None,
    )

    def _check_held_out(self, fraction: bool) -> None:
        """Raise OptionError for options that exclude each other; `fraction`: one was given."""
        check_one_division(
            test=self.test is not None,
            folds=self.folds is not None,
            group=self.group is not None,
            time=self.time is not None,
            fraction=fraction,
        )
        if self.time_input and self.time is None:
            raise OptionError(
                "time input",
                expected="a column that puts the rows in order",
                got="none",
                remedy="name it with --time COLUMN; without, it is an input anyway",
            )
