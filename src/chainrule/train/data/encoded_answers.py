"""Answers in memory as a data set has them: classes by their numbers, numbers in a dtype."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.errors import DataError
from chainrule.graph import Array
from chainrule.train.data.encoding.fit_encoder import fit_target, infer_task, numbered_target
from chainrule.train.data.encoding.target_coder import TargetCoder, Task
from chainrule.train.data.labels import label_column

__all__ = ["cast", "check_finite", "encode_answers", "numbered", "unscaled"]


def encode_answers(
    name: str,
    answers: Array,
    task: Task | None,
    outputs: Callable[[], int | None] = lambda: None,
    target: TargetCoder | None = None,
) -> tuple[TargetCoder, Array]:
    """The target's coder and the answers encoded with it; `outputs` is as in `from_arrays`."""
    kind = answers.dtype.kind
    if kind in "fiub":
        check_finite(name, "answers", answers)
    if target is not None and target.classes and answers[:1].size == 1:
        return target, target.encode(label_column(answers.reshape(-1)))
    if answers.ndim == 2 and answers.shape[1] > 1:
        if task == "classification" or kind not in "fiub":
            raise DataError(
                name,
                expected="one class for each row, (n,)",
                got=f"answers {answers.shape}",
                remedy="turn one-hot rows into classes with y.argmax(axis=1)",
            )
        return unscaled(answers.shape[1]), answers.astype(np.float64)
    flat = answers.reshape(-1)
    column = label_column(flat)
    inferred, task = task is None, task or infer_task(column)
    if task == "classification" and kind in "fiu" and not (inferred and flat.min() == flat.max()):
        numbered = numbered_target(flat, outputs() or 0)
        if numbered is not None:
            return numbered, flat.astype(np.int64)
    if task == "regression" and column.kind == "category":
        raise DataError(
            name,
            expected="numbers as answers, for this loss",
            got=f"{', '.join(map(repr, column.distinct()[:3]))}",
            remedy="leave the loss out for classes, or number two classes 0 and 1",
        )
    if task == "regression" and column.kind != "category":
        return unscaled(1), column.values[:, None]
    coder = fit_target(column, np.arange(len(flat)), task)
    return coder, coder.encode(column)


def unscaled(outputs: int) -> TargetCoder:
    """The coder of numbers that are used unchanged."""
    return TargetCoder("y", "regression", mean=(0.0,) * outputs, scale=(1.0,) * outputs)


def numbered(classes: int) -> TargetCoder:
    """The coder of classes that are their own numbers."""
    return TargetCoder("y", "classification", tuple(map(str, range(classes))))


def cast(name: str, role: str, array: Array, dtype: Any) -> Array:
    """The array in another dtype; DataError for values beyond its range."""
    with np.errstate(over="ignore"):
        found = array.astype(dtype)
    wrong = ~np.isfinite(found)
    if wrong.any():
        raise DataError(
            name,
            expected=f"{role} within the range of {found.dtype}",
            got=f"{array[wrong][0]}",
            remedy="scale them, or train in float64",
        )
    return found


def check_finite(name: str, role: str, array: Array) -> None:
    wrong = ~np.isfinite(array)
    if wrong.any():
        index = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise DataError(
            name,
            expected=f"finite {role}",
            got=f"{array[index]} at index {index} ({int(wrong.sum())} non-finite in all)",
            remedy="correct or remove these rows",
        )
