"""The training data as the interpreter reads it: one contiguous row for each sample."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import final

import numpy as np

from chainrule.errors import ShapeError
from chainrule.graph import Array
from chainrule.program.view import kind_of
from chainrule.train.data.batches import Rows

__all__ = ["TrainingRows", "batches_of_one_size"]


@final
class TrainingRows:
    """Inputs `(N, D)` and targets `(N, K)`, flattened to one row for each sample.

    Targets are either `float_targets` or `labels` (int64); the other is a placeholder of one zero,
    since the compiled loop takes both.
    """

    def __init__(self, x: Array, y: Array, dtype: np.dtype) -> None:
        rows = len(x)
        self.inputs = np.ascontiguousarray(x).reshape(rows, -1)
        targets, placeholder = np.ascontiguousarray(y).reshape(rows, -1), np.zeros((1, 1))
        self._are_labels = kind_of(y.dtype) == "int"
        floats, labels = (placeholder, targets) if self._are_labels else (targets, placeholder)
        self.float_targets = floats.astype(dtype, copy=False)
        self.labels = labels.astype(np.int64, copy=False)

    def batch(self, rows: Array) -> tuple[Array, Array]:
        """The inputs and targets of these rows, copied."""
        targets = self.labels if self._are_labels else self.float_targets
        return self.inputs[rows], targets[rows]

    def row_numbers(self, batches: Array) -> Array:
        """Row numbers as int64, negative ones counted from the end.

        Raises ShapeError for numbers that are not integers or beyond the data.
        """
        if batches.size and batches.dtype.kind not in "iu":
            raise ShapeError("training", expected="whole row numbers", got=f"{batches.dtype}")
        numbers, n = batches.astype(np.int64, copy=False), len(self.inputs)
        low, high = numbers.min(initial=0), numbers.max(initial=0)
        if not -n <= low <= high < n:
            expected, got = f"row numbers below {n}", f"{low} to {high}"
            raise ShapeError("training", expected=expected, got=got)
        return numbers % n if low < 0 else numbers


def batches_of_one_size(batches: Rows) -> Iterator[Array]:
    """Consecutive batches of equal size, each group as one array `(batches, rows)`."""
    if isinstance(batches, np.ndarray):
        if batches.ndim != 2:
            expected, got = "row numbers (batches, rows)", f"shape {batches.shape}"
            raise ShapeError("training", expected=expected, got=got)
        yield from (batches,) if len(batches) else ()
    else:
        yield from (np.array(list(group)) for _, group in groupby(batches, key=len))
