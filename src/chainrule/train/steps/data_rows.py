"""The data that steps read: named arrays with one row for each sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import groupby
from typing import Any, final

import numpy as np

from chainrule.errors import ShapeError
from chainrule.graph import Array, Spec
from chainrule.program.lowering import stored_dtype
from chainrule.train.data.batches import Rows

__all__ = ["DataRows", "batches_of_one_size"]


@final
class DataRows:
    """Arrays `(N, …)` by name: "x" for the model, then what the loss reads, such as "y".

    x and floating targets are cast to the model's `dtype`; labels stay integers.  Raises ShapeError
    unless all have the same number of rows, one or more.

    >>> rows = DataRows({"x": [[1, 2], [3, 4]], "y": [0, 1]}, np.dtype(float))
    >>> len(rows), rows.batch(np.array([1]))
    (2, {'x': array([[3., 4.]]), 'y': array([1])})
    """

    def __init__(self, data: Mapping[str, Any], dtype: np.dtype) -> None:
        self._dtype, self._given = dtype, dict(data)
        self.arrays = {name: self.cast(name, array) for name, array in data.items()}
        shapes = {name: array.shape for name, array in self.arrays.items()}
        if len({shape[:1] for shape in shapes.values()}) > 1 or not all(self.arrays["x"].shape[:1]):
            raise ShapeError(
                "training",
                expected="as many targets as rows of inputs, one or more",
                got=" and ".join(
                    f"{'inputs' if name == 'x' else 'targets' if name == 'y' else name} {shape}"
                    for name, shape in shapes.items()
                ),
            )

    def cast(self, name: str, array: Any) -> Array:
        """An array of this name as model and loss take it."""
        array = np.asarray(array)
        floating = name == "x" or array.dtype.kind == "f"
        return array.astype(self._dtype, copy=False) if floating else array

    def holds(self, data: Mapping[str, Any]) -> bool:
        """Whether these are the rows of just these arrays."""
        given = self._given
        return len(data) == len(given) and all(data.get(name) is given[name] for name in given)

    def __len__(self) -> int:
        return len(self.arrays["x"])

    def like(self, data: Mapping[str, Any]) -> DataRows:
        """Other data with the same names, shapes of rows and dtypes, or ShapeError."""
        other = DataRows({"x": data.get("x", ()), **data}, self._dtype)
        found, expected = (rows.specs(0) for rows in (other, self))
        for name in (*expected, *found):
            if found.get(name) != expected.get(name):
                raise ShapeError(
                    f"training data {name}",
                    expected=f"rows as of {expected[name]}" if name in expected else "no such data",
                    got=str(found[name]) if name in found else "none",
                    remedy="make a stepper for data of another form",
                )
        return other

    def specs(self, rows: int) -> dict[str, Spec]:
        """The specs of a batch of this many rows."""
        return {
            name: Spec((rows, *array.shape[1:]), array.dtype) for name, array in self.arrays.items()
        }

    def batch(self, rows: Array) -> dict[str, Array]:
        """These rows of every array, copied."""
        return {name: array[rows] for name, array in self.arrays.items()}

    @cached_property
    def flat(self) -> dict[str, Array]:
        """The arrays as compiled code reads them: `(N, numbers)`, contiguous."""
        return {
            name: np.ascontiguousarray(array)
            .reshape(len(array), -1)
            .astype(stored_dtype(array.dtype, self._dtype), copy=False)
            for name, array in self.arrays.items()
        }

    def row_numbers(self, batches: Array) -> Array:
        """Row numbers as int64, negative ones counted from the end.

        Raises ShapeError for numbers that are not integers or beyond the data.
        """
        if batches.size and batches.dtype.kind not in "iu":
            raise ShapeError("training", expected="whole row numbers", got=f"{batches.dtype}")
        numbers, n = batches.astype(np.int64, copy=False), len(self)
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
