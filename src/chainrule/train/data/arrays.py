"""Data sets from arrays in memory, which are neither scaled nor encoded."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import DataError
from chainrule.graph import Array
from chainrule.train.data.dataset import Dataset, Part
from chainrule.train.data.encoder import ColumnCoder, Encoder, TargetCoder, Task
from chainrule.train.data.fit_encoder import fit_target, infer_task
from chainrule.train.data.labels import check_unmasked, label_array, label_column
from chainrule.train.data.splits import split_rows
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
    name: str = "arrays",
) -> Dataset:
    """A data set from inputs `(n, D)` (or more axes) and answers `(n,)` or `(n, outputs)`.

    Nothing is scaled, since arrays usually come prepared, and nothing is held out unless a fraction
    is given. With `dtype` None the inputs keep their floating dtype (integers become float64). The
    task is inferred as for a table's column; text and booleans are classes.  Classes that are whole
    numbers are in the order of the numbers, whatever the dtype, others in that of their texts.

    Raises `DataError` for shapes that do not fit together, values that are missing or not finite,
    text in the inputs, labels of several types, such as 1 and "1", and
    answers of a single class.

    >>> xor = from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0])
    >>> xor.task, xor.train.x.shape, xor.train.y
    ('classification', (4, 2), array([0, 1, 1, 0]))
    """
    check_unmasked(name, "inputs", x)
    check_unmasked(name, "answers", y)
    inputs, answers = np.asarray(x), label_array(name, y)
    if inputs.ndim < 2 or answers.ndim not in (1, 2) or len(inputs) != len(answers):
        raise DataError(
            name,
            expected="inputs (n, D) and answers (n,) or (n, outputs) of one length n",
            got=f"shapes {inputs.shape} and {answers.shape}",
            remedy="reshape one input column with x[:, None]",
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
            remedy="encode text as numbers first, or train from a file",
        )
    if dtype is None:
        dtype = inputs.dtype if inputs.dtype.kind == "f" else np.float64
    _check_finite(name, "inputs", inputs)
    fingerprint = digest(
        [inputs, answers if answers.dtype.kind in "fiub" else _text_bytes(answers)]
    )
    inputs = _cast(name, "inputs", inputs, dtype)
    coder, encoded = _encode_answers(name, answers, task)
    if coder.task == "regression":
        encoded = _cast(name, "answers", encoded, dtype)
    split = split_rows(
        len(inputs),
        labels=encoded if coder.task == "classification" else None,
        classes=coder.classes,
        test_fraction=test_fraction,
        validation_fraction=validation_fraction,
        seed=seed,
        name=name,
    )
    # Only inputs with two axes have columns, which a file of new rows can name.
    width = inputs.shape[1] if inputs.ndim == 2 else 0
    encoder = Encoder(tuple(ColumnCoder(f"x{i}", "number") for i in range(width)), coder)
    rows = (split.train, split.validation, split.test)
    train, validation, test = (Part(inputs[r], encoded[r]) for r in rows)
    return Dataset(name, train, validation, test, encoder, fingerprint)


def _encode_answers(name: str, answers: Array, task: Task | None) -> tuple[TargetCoder, Array]:
    """The target's coder and the answers encoded with it."""
    kind = answers.dtype.kind
    if kind in "fiub":
        _check_finite(name, "answers", answers)
    if answers.ndim == 2 and answers.shape[1] > 1:
        if task == "classification" or kind not in "fiub":
            raise DataError(
                name,
                expected="one class for each row, (n,)",
                got=f"answers {answers.shape}",
                remedy="turn one-hot rows into classes with y.argmax(axis=1)",
            )
        return _unscaled(answers.shape[1]), answers.astype(np.float64)
    flat = answers.reshape(-1)
    column = label_column(flat)
    task = task or infer_task(column)
    if task == "regression" and column.kind != "category":
        return _unscaled(1), column.values[:, None]
    coder = fit_target(column, np.arange(len(flat)), task)
    return coder, coder.encode(column)


def _unscaled(outputs: int) -> TargetCoder:
    """The coder of numbers that are used unchanged."""
    return TargetCoder("y", "regression", mean=(0.0,) * outputs, scale=(1.0,) * outputs)


def _cast(name: str, role: str, array: Array, dtype: Any) -> Array:
    """The array in another dtype; DataError for values beyond its range."""
    with np.errstate(over="ignore"):
        cast = array.astype(dtype)
    wrong = ~np.isfinite(cast)
    if wrong.any():
        raise DataError(
            name,
            expected=f"{role} within the range of {cast.dtype}",
            got=f"{array[wrong][0]}",
            remedy="scale them, or train in float64",
        )
    return cast


def _text_bytes(answers: Array) -> bytes:
    return "\0".join(answers.reshape(-1).astype(str).tolist()).encode("utf-8", "surrogatepass")


def _check_finite(name: str, role: str, array: Array) -> None:
    wrong = ~np.isfinite(array)
    if wrong.any():
        index = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise DataError(
            name,
            expected=f"finite {role}",
            got=f"{array[index]} at index {index} ({int(wrong.sum())} non-finite in all)",
            remedy="correct or remove these rows",
        )
