"""The data that steps read: named arrays with one row for each sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import groupby
from typing import Any, final

import numpy as np

from chainrule.errors import OptionError, ShapeError
from chainrule.graph import Array, Spec
from chainrule.nn.accepted import can_be, dtype_in_tree
from chainrule.nn.trees import (
    flatten_inputs,
    is_tree,
    leaf_names,
    leaf_places,
    map_inputs,
    odd_one,
    rebuild,
)
from chainrule.ops.tensor import numeric
from chainrule.program.lowering import stored_dtype
from chainrule.train.data.batches import Rows

__all__ = ["DataRows", "batches_of_one_size"]


@final
class DataRows:
    """Arrays `(N, …)` by name: "x" for the model, then what the loss reads, such as "y".

    Each may be a tree of arrays instead: `arrays` then has one for each of its leaves, called
    "x.age" or "y.0".  A single x is cast to `inputs`, by default the model's `dtype`, and in a tree
    all but integers to the latter; floating targets are cast to `dtype`, and labels stay integers.
    Raises ShapeError unless all have the same number of rows, one or more, and OptionError for what
    is not numbers.

    >>> rows = DataRows({"x": [[1, 2], [3, 4]], "y": [0, 1]}, np.dtype(float))
    >>> len(rows), rows.batch(np.array([1]))
    (2, {'x': array([[3., 4.]]), 'y': array([1])})
    >>> tree = {"x": {"age": [30, 40], "size": [[1.5], [2.5]]}, "y": [0, 1]}
    >>> list(DataRows(tree, np.dtype(float)).arrays)
    ['x.age', 'x.size', 'y']
    """

    def __init__(
        self, data: Mapping[str, Any], dtype: np.dtype, inputs: np.dtype | None = None
    ) -> None:
        self._dtype, self._inputs = dtype, inputs or dtype
        data = {name: data[name] for name in (*(n for n in ("x", "y") if n in data), *data)}
        self._given: dict[str, list[Any]] = {}
        self._structures: dict[str, Any] = {}
        self._names: dict[str, list[str]] = {}
        self.arrays: dict[str, Array] = {}
        labels: list[str] = []
        for name, tree in data.items():
            leaves, structure = flatten_inputs(tree) if is_tree(tree) else ([tree], None)
            names = [name] if structure is None else leaf_names(name, structure)
            self._given[name], self._structures[name] = leaves, structure
            self._names[name] = names
            labels += _labels(name, structure)
            for full, leaf in zip(names, leaves, strict=True):
                if full in self.arrays:
                    raise OptionError(
                        "training", expected="data with names of their own", got=f"two {full!r}"
                    )
                self.arrays[full] = self._cast(name, leaf, structure)
        self._check_rows(labels)

    def _check_rows(self, labels: Sequence[str]) -> None:
        arrays = list(self.arrays.values())
        shapes = [array.shape for array in arrays]
        several = any(structure is not None for structure in self._structures.values())
        odd = odd_one(labels, [shape[:1] for shape in shapes]) if several else None
        if odd is not None:
            label, got, expected = odd
            raise ShapeError(
                label,
                expected=f"{_rows(expected)}, as the others have",
                got=_rows(got),
                remedy="let each input and target have one row for each sample",
            )
        first = self.arrays[self._names["x"][0]]
        if len({shape[:1] for shape in shapes}) > 1 or not all(first.shape[:1]):
            raise ShapeError(
                "training",
                expected="as many targets as rows of inputs, one or more",
                got=" and ".join(
                    f"{label} {shape}" for label, shape in zip(labels, shapes, strict=True)
                ),
            )

    def cast(self, name: str, tree: Any) -> Any:
        """What has this name, an array or a tree, as model and loss take it."""
        if not is_tree(tree):
            return self._cast(name, tree, None)
        return map_inputs(lambda leaf: self._cast(name, leaf, tree), tree)

    def _cast(self, name: str, leaf: Any, structure: Any) -> Array:
        """One array as model and loss take it; `structure` is None if it is not in a tree."""
        array = numeric(leaf, name)
        if name != "x":
            dtype = self._dtype if array.dtype.kind == "f" else array.dtype
        else:
            alone = structure is None
            dtype = self._inputs if alone else dtype_in_tree(array.dtype, self._dtype)
            if alone and not can_be(array.dtype, dtype):
                raise OptionError(
                    "training",
                    expected="integers as inputs",
                    got=str(array.dtype),
                    remedy="convert them with x.astype(int)",
                )
        return array.astype(dtype, copy=False)

    def holds(self, data: Mapping[str, Any]) -> bool:
        """Whether these are the rows of just these arrays."""
        if len(data) != len(self._given):
            return False
        for name, given in self._given.items():
            tree, structure = data.get(name), self._structures[name]
            if structure is None:
                if tree is not given[0]:
                    return False
                continue
            leaves, other = flatten_inputs(tree)
            if other != structure or any(a is not b for a, b in zip(leaves, given, strict=True)):
                return False
        return True

    def __len__(self) -> int:
        return len(self.arrays[self._names["x"][0]])

    def like(self, data: Mapping[str, Any]) -> DataRows:
        """Other data with the same names, shapes of rows and dtypes, or ShapeError."""
        ordered = {name: data[name] for name in (*self._given, *data) if name in data}
        other = DataRows({"x": np.zeros(0, self._inputs), **ordered}, self._dtype, self._inputs)
        found, expected = (rows.flat_specs(0) for rows in (other, self))
        for name in (*expected, *found):
            if found.get(name) != expected.get(name):
                raise ShapeError(
                    f"training data {name}",
                    expected=f"rows as of {expected[name]}" if name in expected else "no such data",
                    got=str(found[name]) if name in found else "none",
                    remedy="make a stepper for data of another form",
                )
        return other

    def trees(self, rows: slice) -> dict[str, Any]:
        """Consecutive rows of everything, as it was given: arrays, or trees of arrays."""
        return self._as_given([array[rows] for array in self.arrays.values()])

    def specs(self, rows: int) -> dict[str, Any]:
        """The specs of a batch of this many rows, as the data were given: also in trees."""
        return self._as_given(list(self.flat_specs(rows).values()))

    def _as_given(self, leaves: Sequence[Any]) -> dict[str, Any]:
        """Something for each array, put into the places of the arrays."""
        left, found = iter(leaves), dict[str, Any]()
        for name, names in self._names.items():
            own = [next(left) for _ in names]
            structure = self._structures[name]
            found[name] = own[0] if structure is None else rebuild(structure, own)
        return found

    def flat_specs(self, rows: int) -> dict[str, Spec]:
        """The specs of a batch of this many rows, array by array."""
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


def _labels(name: str, structure: Any) -> list[str]:
    """What errors call the arrays of this name."""
    words = {"x": "input", "y": "target"}
    if structure is None:
        return [f"{words[name]}s" if name in words else name]
    return [f"{words.get(name, name)} {place}" for place in leaf_places(structure)]


def _rows(shape: tuple[int, ...]) -> str:
    return f"{shape[0]} rows" if shape else "one number"


def batches_of_one_size(batches: Rows) -> Iterator[Array]:
    """Consecutive batches of equal size, each group as one array `(batches, rows)`."""
    if isinstance(batches, np.ndarray):
        if batches.ndim != 2:
            expected, got = "row numbers (batches, rows)", f"shape {batches.shape}"
            raise ShapeError("training", expected=expected, got=got)
        yield from (batches,) if len(batches) else ()
    else:
        yield from (np.array(list(group)) for _, group in groupby(batches, key=len))
