"""The classes that labels stand for, however a file writes their numbers."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.train.data.table import Column, same_number

__all__ = ["class_indices"]


def class_indices(classes: Sequence[str], column: Column) -> dict[str, int]:
    """The index of the class that each label stands for; labels of no class are left out.

    A file may write the number of a class in another way: 1.0 for 1.

    >>> import numpy as np
    >>> class_indices(("1", "2"), Column("y", "number", np.array([2.0, 3.0])))
    {'1': 0, '2': 1}
    """
    index = {label: i for i, label in enumerate(classes)}
    if column.kind == "number":
        numbers = {same_number(label): i for i, label in enumerate(classes)}
        index |= {
            label: numbers[same_number(label)]
            for label in column.distinct()
            if label not in index and same_number(label) in numbers
        }
    return index
