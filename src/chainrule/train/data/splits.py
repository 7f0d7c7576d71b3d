"""Splits into training, validation and test rows: disjoint, seeded, stratified by class."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.errors import DataError, OptionError
from chainrule.graph import Array
from chainrule.train.data.drawing.random_split import random_split

__all__ = [
    "Split",
    "check_fraction",
    "check_seed",
    "draw_part",
    "rare_classes",
    "split_rows",
    "too_few",
]


@final
@dataclass(frozen=True, eq=False)
class Split:
    """The row numbers of each part, ascending; no row is in two parts."""

    train: Array
    validation: Array
    test: Array
    too_rare: tuple[tuple[int, int], ...] = ()
    """Classes, by number, with too few rows for every part, and how many rows they have."""

    def rare(self, classes: tuple[str, ...]) -> dict[str, int]:
        """The classes that are only in the training part, and how many rows each has."""
        return {classes[label]: count for label, count in self.too_rare}


def split_rows(
    rows: int,
    *,
    labels: Array | None = None,
    classes: tuple[str, ...] = (),
    test_fraction: float = 0.2,
    validation_fraction: float = 0.1,
    seed: int = 0,
    name: str = "data",
) -> Split:
    """Draw a test part, then a validation part of the other rows; the rest is for training.

    With `labels` `(rows,)`, every class keeps its share in each part, to within a row; no part is
    smaller than the number of classes, and the training part has all of them. Classes with fewer
    rows than there are parts stay in training. A fraction of 0 leaves that part empty. The result
    depends on nothing but the arguments.

    Raises `DataError` if there are too few rows, or too few of most classes, and `OptionError` for
    a fraction outside [0, 1) or a negative seed.

    >>> parts = split_rows(100)
    >>> len(parts.train), len(parts.validation), len(parts.test)
    (72, 8, 20)
    """
    check_seed(seed)
    check_fraction("test", test_fraction)
    check_fraction("validation", validation_fraction)
    rare, kept = (), np.arange(0)
    drawn = np.arange(rows)
    if labels is not None:
        parts = 1 + (test_fraction > 0) + (validation_fraction > 0)
        rare = rare_classes(labels, classes, parts, name)
        alone = np.isin(labels, [label for label, _ in rare])
        drawn, kept = drawn[~alone], drawn[alone]
    rest, test = draw_part(drawn, labels, test_fraction, seed, 0, name)
    train, validation = draw_part(rest, labels, validation_fraction, seed, 1, name)
    train = np.concatenate([train, kept])
    if not len(train):
        raise too_few(name, f"{len(train)} of {rows} rows left for training")
    return Split(np.sort(train), np.sort(validation), np.sort(test), rare)


def check_seed(seed: int) -> None:
    """Raise `OptionError` unless `seed` is an integer of 0 or more."""
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise OptionError(
            "seed", expected="an integer of 0 or more", got=repr(seed), remedy="the default is 0"
        )


def check_fraction(part: str, fraction: float) -> None:
    """Raise `OptionError` unless `fraction` is in [0, 1)."""
    if not 0 <= fraction < 1:
        raise OptionError(
            f"{part} fraction",
            expected="a number in [0, 1)",
            got=repr(fraction),
            remedy="0 leaves that part out",
        )


def draw_part(
    rows: Array, labels: Array | None, fraction: float, seed: int, stage: int, name: str
) -> tuple[Array, Array]:
    """The `rows` that remain, and the part of them that was drawn; `stage` counts the draws."""
    if fraction == 0:
        return rows, rows[:0]
    strata = None if labels is None else labels[rows]
    kinds = 1 if strata is None else len(np.unique(strata))
    size = max(math.ceil(fraction * len(rows)), kinds)
    if len(rows) - size < kinds:
        raise too_few(name, f"{len(rows)} rows to take a part of {size} from")
    # Each stage has its own random stream, so that leaving one out does not change the other.
    state = int(np.random.SeedSequence([int(seed), stage]).generate_state(1)[0])
    rest, part = (rows[drawn] for drawn in random_split(len(rows), size, state, strata))
    if labels is not None and len(np.unique(labels[rest])) < kinds:
        raise too_few(name, "a class with no row left for training")
    return rest, part


def too_few(name: str, got: str) -> DataError:
    """The error for rows that do not suffice for all parts."""
    return DataError(
        name,
        expected="enough rows for training, validation and test parts",
        got=got,
        remedy="add rows, or set a smaller fraction (0 leaves a part out)",
    )


def rare_classes(
    labels: Array, classes: tuple[str, ...], least: int, name: str
) -> tuple[tuple[int, int], ...]:
    """The classes with fewer rows than `least`; DataError if most rows are of such classes."""
    present, counts = np.unique(labels, return_counts=True)
    pairs = zip(present.tolist(), counts.tolist(), strict=True)
    rare = tuple((label, count) for label, count in pairs if count < least)
    if 2 * sum(count for _, count in rare) > len(labels):
        few = [f"{classes[k] if classes else str(k)!r} ({count})" for k, count in rare]
        more = f" and {len(few) - 8} more" if len(few) > 8 else ""
        raise DataError(
            name,
            expected=f"at least {least} rows of most classes, for training and each held-out part",
            got=f"too few of class {', '.join(few[:8])}{more}",
            remedy="add rows, or "
            + (
                "predict numbers with --task regression"
                if all(map(_is_number, classes))
                else "choose another target"
            ),
        )
    return rare


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
