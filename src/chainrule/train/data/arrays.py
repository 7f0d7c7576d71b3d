"""Data sets from arrays in memory, which are neither scaled nor encoded."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from chainrule.errors import DataError, OptionError
from chainrule.graph import Array
from chainrule.nn.accepted import can_be, dtype_in_tree
from chainrule.nn.trees import flatten_inputs, is_tree, leaf_places, map_inputs, odd_one, rebuild
from chainrule.train.data.dataset import Dataset, Part
from chainrule.train.data.division.division import Division
from chainrule.train.data.encoded_answers import (
    cast,
    check_finite,
    encode_answers,
    numbered,
    unscaled,
)
from chainrule.train.data.encoding.column_coder import ColumnCoder
from chainrule.train.data.encoding.encoder import Encoder
from chainrule.train.data.encoding.target_coder import TargetCoder, Task
from chainrule.train.data.labels import check_plain, label_array
from chainrule.train.data.preparation.array_remedies import array_of_numbers, of_one_length
from chainrule.train.data.table import digest

__all__ = ["from_arrays"]


def from_arrays(
    x: Any,
    y: Any,
    *,
    task: Task | None = None,
    test_fraction: float = 0.0,
    validation_fraction: float = 0.0,
    seed: int = 0,
    dtype: Any = None,
    integers: bool = False,
    name: str = "arrays",
    outputs: Callable[[], int | None] = lambda: None,
    division: Callable[[int], Division] | None = None,
    fold: int | None = None,
    target: TargetCoder | None = None,
    steps: bool = False,
    step_classes: int | None = None,
    ignore: float | None = None,
) -> Dataset:
    """A data set from inputs `(n, D)` (or more axes) and answers `(n,)` or `(n, outputs)`.

    Nothing is scaled, since arrays usually come prepared, and nothing is held out unless a fraction
    is given. With `dtype` None the inputs keep their floating dtype (integers become float64). The
    task is inferred as for a table's column; text and booleans are classes.  Classes that are whole
    numbers are in the order of the numbers, whatever the dtype, others in that of their texts.

    Inputs may be `integers`, `(n,)` or with more axes, and stay so; they may also be a tree of
    arrays `(n, …)` in tuples, lists and dicts, in which integers stay integers. Answers in a tree
    are numbers for a loss of your own: they are not encoded, and the task is regression.

    A `division` of so many rows stands for the fractions and the seed; the test rows are then those
    of a `fold`, from 0.  Classes are encoded as by `target`, where it is given.

    Classes that are numbers of a model's `outputs` stay so, also where some outputs have no rows.
    Answers for each step of a sequence, with `steps`, have any axes after the first and stay as
    they are, also NaN where that is what to `ignore`.  They are classes if there are `step_classes`
    of them; rows are then held out by chance, whatever their classes.

    Raises `DataError` for shapes that do not fit together, values that are missing or not finite,
    text in the inputs, labels of several types, such as 1 and "1", and answers of a single class;
    `OptionError` for answers in a tree without a loss.

    >>> xor = from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0])
    >>> xor.task, xor.train.x.shape, xor.train.y
    ('classification', (4, 2), array([0, 1, 1, 0]))
    """
    for role, given in (("inputs", x), ("answers", y)):
        if not is_tree(given):
            check_plain(name, role, given)
    if dtype is None:
        dtype = np.float64 if is_tree(x) else _floating(np.asarray(x).dtype)
    by_chance = Division(test_fraction, validation_fraction, seed, name=name)
    parts = _Parts(division or (lambda rows: by_chance), fold, name, target)
    if integers or is_tree(x) or is_tree(y) or steps:
        found = _from_trees(x, y, task, np.dtype(dtype), integers, parts, steps, ignore)
        if step_classes is None:
            return found
        target = numbered(step_classes)  # rows are held out by chance, whatever their classes
        return replace(found, encoder=replace(found.encoder, target=target))
    inputs, answers = np.asarray(x), label_array(name, y)
    if inputs.ndim < 2 or answers.ndim not in (1, 2) or len(inputs) != len(answers):
        raise DataError(
            name,
            expected="inputs (n, D) and answers (n,) or (n, outputs) of one length n",
            got=f"shapes {inputs.shape} and {answers.shape}",
            remedy=of_one_length(inputs, answers),
        )
    if not inputs.size or not answers.size:
        raise DataError(
            name,
            expected="rows of data",
            got=f"shapes {inputs.shape} and {answers.shape}",
            remedy="bring one row or more",
        )
    if inputs.dtype.kind not in "fiub":
        raise DataError(
            name,
            expected="numbers as inputs",
            got=f"dtype {inputs.dtype}",
            remedy=array_of_numbers(inputs),
        )
    check_finite(name, "inputs", inputs)
    digested = partial(_digest, [inputs, answers])
    inputs = cast(name, "inputs", inputs, dtype)
    coder, encoded = encode_answers(name, answers, task, outputs, target)
    if coder.task == "regression":
        encoded = cast(name, "answers", encoded, dtype)
    # Only inputs with two axes have columns, which a file of new rows can name.
    width = inputs.shape[1] if inputs.ndim == 2 else 0
    encoder = Encoder(tuple(ColumnCoder(f"x{i}", "number") for i in range(width)), coder)
    return parts.dataset(inputs, encoded, encoder, digested)


@dataclass(frozen=True)
class _Parts:
    """How rows are divided among the parts of a data set, and how classes are to be encoded."""

    division: Callable[[int], Division]
    fold: int | None
    name: str
    target: TargetCoder | None

    def dataset(
        self, inputs: Any, answers: Any, encoder: Encoder, digested: Callable[[], str]
    ) -> Dataset:
        """The data set of these rows, arrays or trees of arrays."""
        coder = encoder.target
        count = len(Part(inputs, answers))
        labels = answers if coder.task == "classification" else None
        split = self.division(count).split(count, labels, coder.classes, self.fold)

        def part(rows: Array) -> Part:
            def take(array: Array) -> Array:  # all rows are in order: nothing has to be copied
                return array if len(rows) == count else array[rows]

            return Part(*(map_inputs(take, one) for one in (inputs, answers)))

        train, validation, test = map(part, (split.train, split.validation, split.test))
        return Dataset(self.name, train, validation, test, encoder, digested)


def _floating(dtype: np.dtype) -> Any:
    return dtype if dtype.kind == "f" else np.float64


def _from_trees(
    x: Any,
    y: Any,
    task: Task | None,
    dtype: np.dtype,
    integers: bool,
    parts: _Parts,
    steps: bool,
    ignore: float | None,
) -> Dataset:
    """`from_arrays` for inputs or answers in a tree, for integers, and for answers of steps."""
    name = parts.name
    if is_tree(y) and task != "regression":
        raise OptionError(
            "loss",
            expected="one of your own, for answers in a tree",
            got="cross_entropy" if task else "none",
            remedy="give a function of outputs and answers; rows of one array go into np.stack",
        )

    def input_dtype(array: Array) -> np.dtype:
        if is_tree(x):
            return dtype_in_tree(array.dtype, dtype)
        wanted = np.dtype(np.int64) if integers else dtype
        if not can_be(array.dtype, wanted):
            raise DataError(
                name,
                expected="integers as inputs",
                got=f"dtype {array.dtype}",
                remedy="convert them with x.astype(int)",
            )
        return wanted

    def answer_dtype(array: Array) -> np.dtype:
        return dtype if array.dtype.kind == "f" else array.dtype

    inputs, structure = _checked_leaves(name, "input", x, input_dtype)
    if is_tree(y) or steps:
        answers, form = _checked_leaves(name, "answer", y, answer_dtype, ignore)
        coder, encoded = unscaled(0), None
    else:
        answers, form = {"answers": label_array(name, y)}, None
        if answers["answers"].ndim not in (1, 2) or not answers["answers"].size:
            got = f"shape {answers['answers'].shape}"
            raise DataError(name, expected="answers (n,) or (n, outputs)", got=got)
        coder = None
    odd = odd_one([*inputs, *answers], [len(a) for a in (*inputs.values(), *answers.values())])
    if odd is not None:
        label, got, usual = odd
        raise DataError(
            label,
            expected=f"{usual} rows, as the others have",
            got=f"{got} rows",
            remedy="let each have one row for each sample; np.stack joins rows in a tuple",
        )
    named = [*inputs.values(), *answers.values()]
    digested = partial(_digest, named)
    if coder is None:
        coder, encoded = encode_answers(name, answers["answers"], task, target=parts.target)
        if coder.task == "regression":
            encoded = cast(name, "answers", encoded, dtype)
    else:
        encoded = next(iter(answers.values())) if steps else rebuild(form, [*answers.values()])
    leaves = list(inputs.values())
    tree = leaves[0] if structure is None else rebuild(structure, leaves)
    return parts.dataset(tree, encoded, Encoder((), coder), digested)


def _checked_leaves(
    name: str, role: str, tree: Any, dtype_of: Callable[[Array], np.dtype], ignore: Any = None
) -> tuple[dict[str, Array], Any]:
    """The arrays of a tree by what errors call them, cast, and the structure of the tree.

    Raises DataError unless they are finite numbers with rows; NaN is allowed to mark padding.
    """
    leaves, structure = flatten_inputs(tree) if is_tree(tree) else ([tree], None)
    places = [f"{role}s"]
    if structure is not None:
        places = [f"{role} {place}" for place in leaf_places(structure)]
    found: dict[str, Array] = {}
    for label, leaf in zip(places, leaves, strict=True):
        check_plain(name, label, leaf)
        array = np.asarray(leaf)
        if array.dtype.kind not in "fiub" or not array.ndim or not array.size:
            raise DataError(
                label,
                expected="rows of numbers (n, …)",
                got=f"shape {array.shape} of dtype {array.dtype}",
                remedy="encode text as numbers first",
            )
        padding = np.isnan(array) if ignore is not None and math.isnan(ignore) else False
        numbers = np.where(padding, 0, array) if np.any(padding) else array
        check_finite(name, label, numbers)
        stored = cast(name, label, numbers, dtype_of(array))
        found[label] = np.where(padding, np.nan, stored) if np.any(padding) else stored
    if not found:
        raise DataError(name, expected=f"{role}s", got=repr(tree), remedy="bring an array or more")
    return found, structure


def _digest(arrays: Sequence[Array]) -> str:
    return digest([a if a.dtype.kind in "fiub" else _text_bytes(a) for a in arrays])


def _text_bytes(answers: Array) -> bytes:
    return "\0".join(answers.reshape(-1).astype(str).tolist()).encode("utf-8", "surrogatepass")
