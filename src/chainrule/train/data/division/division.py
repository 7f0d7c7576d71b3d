"""The division of rows into training, validation and test rows: by chance, by groups or by time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.errors import DataError
from chainrule.graph import Array
from chainrule.train.data.drawing.folds import fold_numbers, group_fold_numbers
from chainrule.train.data.drawing.random_split import random_split
from chainrule.train.data.drawing.times import time_borders
from chainrule.train.data.splits import Split, draw_part, rare_classes, split_rows, too_few

__all__ = ["Division"]


@final
@dataclass(frozen=True, eq=False)
class Division:
    """How rows are divided into parts; the same arguments always give the same parts.

    folds     how many parts take turns as the test rows; None for a single test part
    groups    the group of each row `(n,)`: rows of one group are never in two parts
    times     the time of each row `(n,)`: test rows are later than validation rows, and these later
              than training rows
    by        the name of the groups or the times, for errors
    """

    test_fraction: float = 0.2
    validation_fraction: float = 0.1
    seed: int = 0
    folds: int | None = None
    groups: Array | None = None
    times: Array | None = None
    by: str = ""
    name: str = "data"

    def split(
        self,
        rows: int,
        labels: Array | None = None,
        classes: tuple[str, ...] = (),
        fold: int | None = None,
    ) -> Split:
        """The parts of `rows` rows; by chance, with `labels`, every class keeps its share in each.

        `fold` is the number of the fold, from 0, that is the test part; without it there is none if
        there are folds.  Folds by time are expanding windows: each trains on all that is earlier.

        Raises DataError if there are too few rows, groups or times.
        """
        plain = self.groups is None and self.times is None
        test_fraction = 0.0 if self.folds else self.test_fraction
        if plain and fold is None:
            return split_rows(
                rows,
                labels=labels,
                classes=classes,
                test_fraction=test_fraction,
                validation_fraction=self.validation_fraction,
                seed=self.seed,
                name=self.name,
            )
        rare, kept = (), np.arange(0)
        drawn = np.arange(rows)
        if plain and labels is not None:
            rare = rare_classes(labels, classes, 2, self.name)
            alone = np.isin(labels, [label for label, _ in rare])
            drawn, kept = drawn[~alone], drawn[alone]
        if fold is None:
            rest, test = self._drawn(drawn, labels, test_fraction, 0)
        else:
            rest, test = self._fold(drawn, labels, fold)
        if plain and labels is not None and self.validation_fraction:
            few, counts = np.unique(labels[rest], return_counts=True)
            alone = np.isin(labels[rest], few[counts < 2])
            rest, kept = rest[~alone], np.concatenate([kept, rest[alone]])
        train, validation = self._drawn(rest, labels, self.validation_fraction, 1)
        train = np.concatenate([train, kept])
        if not len(train):
            raise too_few(self.name, f"none of {rows} rows left for training")
        return Split(np.sort(train), np.sort(validation), np.sort(test), rare)

    def _drawn(
        self, rows: Array, labels: Array | None, fraction: float, stage: int
    ) -> tuple[Array, Array]:
        """The `rows` that remain, and the part of them that is held out."""
        if fraction == 0:
            return rows, rows[:0]
        if self.times is not None:
            first = len(rows) - math.ceil(fraction * len(rows))
            # the test part leaves two times for training and validation
            (border,) = self._borders(rows, [first], validated=stage == 0)
            late = self.times[rows] >= border
            return rows[~late], rows[late]
        if self.groups is None:
            return draw_part(rows, labels, fraction, self.seed, stage, self.name)
        groups, codes = np.unique(self.groups[rows], return_inverse=True)
        size = math.ceil(fraction * len(groups))
        if len(groups) - size < 1:
            raise self._too_few(f"groups in {self.by!r}", "one for each part", len(groups))
        state = int(np.random.SeedSequence([int(self.seed), stage]).generate_state(1)[0])
        _, chosen = random_split(len(groups), size, state)
        out = np.isin(codes, chosen)
        return rows[~out], rows[out]

    def _fold(self, rows: Array, labels: Array | None, fold: int) -> tuple[Array, Array]:
        """The rows to train on, and those of the fold."""
        count, seed = self.folds or 1, int(self.seed)
        if seed >= 2**32:  # more than a random state takes
            seed = int(np.random.SeedSequence(seed).generate_state(1)[0])
        if self.times is not None:
            size = len(rows) // (count + 1)
            first = len(rows) - count * size
            wanted = [first + i * size for i in range(count)]
            borders = self._borders(rows, wanted, validated=True)
            ends, times = [*borders[1:], math.inf], self.times[rows]
            held_out = (times >= borders[fold]) & (times < ends[fold])
            return rows[times < borders[fold]], rows[held_out]
        if self.groups is not None:
            found = len(np.unique(self.groups[rows]))
            if found < count:
                raise self._too_few(
                    f"groups in {self.by!r}", f"one for each of {count} folds", found
                )
            numbers = group_fold_numbers(self.groups[rows], count, seed)
            if self.validation_fraction:  # refused before the first fold is trained
                left = min(len(np.unique(self.groups[rows[numbers != k]])) for k in range(count))
                if left < 2:
                    least = "two beside each fold, for training and for validation"
                    raise self._too_few(f"groups in {self.by!r}", least, left)
        else:
            strata = None if labels is None else labels[rows]
            most = len(rows) if strata is None else int(np.bincount(strata).max(initial=0))
            if most < count:
                what = "rows" if strata is None else "rows of the commonest class"
                raise self._too_few(what, f"one for each of {count} folds", most)
            numbers = fold_numbers(len(rows), count, seed, strata)
        return rows[numbers != fold], rows[numbers == fold]

    def _borders(self, rows: Array, wanted: list[int], validated: bool) -> list[float]:
        """Where parts begin; what is before may have to be divided once more, for validation."""
        assert self.times is not None, "rows in the order of time"
        first = 2 if validated and self.validation_fraction else 1
        borders = time_borders(self.times[rows], wanted, first)
        if borders is None:
            found = len(np.unique(self.times[rows]))
            least = f"{len(wanted) + first} or more, so that rows held out are later than others"
            raise self._too_few(f"different times in {self.by!r}", least, found)
        return borders

    def _too_few(self, what: str, least: str, found: int) -> DataError:
        return DataError(
            self.name,
            expected=f"enough {what}: {least}",
            got=f"{found} to divide",
            remedy="hold out fewer parts: a validation fraction of 0, or another number of folds",
        )
