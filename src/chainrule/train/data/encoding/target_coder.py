"""How the answers become numbers, or numbers of classes, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, final

import numpy as np

from chainrule.errors import DataError
from chainrule.graph import Array
from chainrule.train.data.table import (
    Column,
    same_number,
)

__all__ = ["TargetCoder", "Task"]

Task = Literal["classification", "regression"]


@final
@dataclass(frozen=True)
class TargetCoder:
    """The encoding of the target.

    Classification: the index of the class name in `classes`, int64 `(n,)`.
    Regression: (y − mean) / scale, float64 `(n, outputs)`; `decode` is its inverse.
    """

    name: str
    task: Task
    classes: tuple[str, ...] = ()
    mean: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()

    @property
    def outputs(self) -> int:
        """The number of outputs a model needs: one for each class, or for each target number."""
        return len(self.classes) if self.task == "classification" else len(self.mean)

    def encode(self, column: Column) -> Array:
        """The encoded target column; `DataError` for a class that is not among `classes`."""
        if self.task == "regression":
            return ((column.values - self.mean[0]) / self.scale[0])[:, None]
        index = self.indices(column)
        labels = column.distinct()
        unseen = [label for label in labels if label not in index]
        if unseen:
            raise DataError(
                f"column {self.name!r}",
                expected=f"classes {', '.join(self.classes[:12])}",
                got=", ".join(map(repr, unseen[:6])),
                remedy="correct these rows, or train again with them",
            )
        present = column.take(np.flatnonzero(~column.missing))
        coded = present.values if present.kind == "category" else present.codes
        _, rows = np.unique(present.values if coded is None else coded, return_inverse=True)
        return np.array([index[label] for label in labels], np.int64)[rows]

    def indices(self, column: Column) -> dict[str, int]:
        """The index of the class that each label stands for; labels of no class are left out."""
        index = {label: i for i, label in enumerate(self.classes)}
        if column.kind == "number":
            # A file may write the number of a class in another way: 1.0 for 1.
            numbers = {same_number(label): i for i, label in enumerate(self.classes)}
            index |= {
                label: numbers[same_number(label)]
                for label in column.distinct()
                if label not in index and same_number(label) in numbers
            }
        return index

    def decode(self, outputs: Array) -> Array:
        """Predictions in the units of the target: y = output · scale + mean, `(n, outputs)`."""
        return outputs * np.array(self.scale) + np.array(self.mean)
