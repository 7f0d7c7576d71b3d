"""Predictions of a trained run for the rows of a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np

from chainrule.errors import DataError
from chainrule.graph import Array
from chainrule.nn import Sequential
from chainrule.nn.prediction import in_chunks
from chainrule.ops import softmax
from chainrule.train.data.encoder import Encoder
from chainrule.train.data.reading.sources import read
from chainrule.train.options import RunOptions
from chainrule.train.runs.run_config import read_checkpoint, read_config
from chainrule.train.runs.run_folder import RunFolder

__all__ = ["Predictions", "Predictor"]


@final
@dataclass(frozen=True, eq=False)
class Predictions:
    """Predictions for the rows of a file: class names with probabilities, or numbers.

    `unseen` lists, by column, the categories that no training row had.
    """

    values: list[Any]
    probabilities: Array | None
    classes: tuple[str, ...]
    unseen: dict[str, tuple[str, ...]]


@final
class Predictor:
    """The network of a run with its encoder.  Raises RunError where the run cannot be read."""

    def __init__(self, path: Path) -> None:
        folder = RunFolder.read(path)
        self.options, self.encoder, _ = read_config(folder)
        self.model = trained_model(folder, self.options, self.encoder)

    def outputs(self, x: Array) -> Array:
        """The outputs of the network for encoded rows `(n, D)`: logits or standardised numbers.

        They are evaluated node by node: for a single file that takes less time than loading the
        engine.
        """
        with np.errstate(over="ignore", invalid="ignore"):  # `predict` refuses the result
            return in_chunks(lambda rows: self.model(rows).value, x)

    def predict(self, file: Path, memory: int | None = None) -> Predictions:
        """Predictions for the rows of a CSV or Parquet file, which may take `memory` bytes.

        Raises DataError if the file cannot be read or lacks a column.
        """
        names = {column.name for column in self.encoder.columns}
        table = read(file, text=self.encoder.text, wanted=names, memory=memory)
        outputs = self.outputs(self.encoder.encode(table))
        finite = np.isfinite(outputs).all(axis=-1)
        if not finite.all():
            raise DataError(
                str(file),
                expected="inputs for which the network's outputs are finite numbers",
                got=f"a row for which they are not, row {int(np.argmin(finite)) + 1}",
                remedy="correct that row, or train again with numbers as large",
            )
        target, unseen = self.encoder.target, self.encoder.unseen(table)
        if target.task == "regression":
            return Predictions(target.decode(outputs)[:, 0].tolist(), None, (), unseen)
        probabilities = softmax(outputs.astype(np.float64)).value
        labels = [target.classes[i] for i in probabilities.argmax(axis=-1)]
        return Predictions(labels, probabilities, target.classes, unseen)


def trained_model(
    folder: RunFolder, options: RunOptions, encoder: Encoder, dtype: Any = None
) -> Sequential:
    """The network of a run with the parameters of its checkpoint, in the run's dtype or another."""
    values = read_checkpoint(folder).model
    model = options.model(len(encoder.features), encoder.target.outputs, dtype)
    model.load(values)
    return model
