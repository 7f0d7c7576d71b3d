"""The folds of a run's cross-validation: each is a training, whose result is kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import final

import numpy as np

from chainrule.errors import RunError
from chainrule.train.data.dataset import Dataset
from chainrule.train.data.load_dataset import prepare
from chainrule.train.data.table import Table
from chainrule.train.loop.callbacks import Callbacks
from chainrule.train.loop.folds.cross_validation import CrossValidation, FoldRecord
from chainrule.train.loop.folds.fold_record import fold_record
from chainrule.train.loop.session import Session
from chainrule.train.loop.training_report import Metric
from chainrule.train.options import RunOptions
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.steps.hooks import Hook

__all__ = ["FoldSession", "FoldTraining"]


@final
class FoldSession:
    """One fold, from 1, in training."""

    def __init__(self, number: int, session: Session, dataset: Dataset) -> None:
        self.number, self.session, self.dataset = number, session, dataset


@final
class FoldTraining:
    """The folds of a run, trained one after the other; one that was not finished is begun again.

    A network of the same options and seed is trained for each, on columns encoded by that fold's
    training rows only.  What a finished fold found is appended to `folds.jsonl`; a fold that was
    trained with another number of epochs than the run now has counts as not finished.
    """

    def __init__(
        self,
        folder: RunFolder,
        options: RunOptions,
        table: Table | Callable[[], Table],
        metric: Metric | None,
        hooks: Sequence[Hook] = (),
    ) -> None:
        self.folder, self.options, self.metric = folder, options, metric
        self._table: Table | Callable[[], Table] | None = table
        self._hooks = hooks
        found = folder.folds()
        if found and max(found) > self.count:
            raise RunError(
                str(folder.path),
                expected=f"results of {self.count} folds",
                got=f"one of fold {max(found)}",
                remedy="restore folds.jsonl from a copy, or delete it to train the folds again",
            )
        self.done = {
            number: record for number, (asked, record) in found.items() if asked == options.epochs
        }

    @property
    def count(self) -> int:
        """How many folds there are."""
        assert self.options.folds is not None, "a run with folds"
        return self.options.folds

    @property
    def left(self) -> list[int]:
        """The numbers of the folds that are still to be trained."""
        return [number for number in range(1, self.count + 1) if number not in self.done]

    def start(self, number: int) -> FoldSession:
        """Prepare the training of a fold; raises as `load`."""
        assert self._table is not None, "a fold is left"
        if not isinstance(self._table, Table):
            self._table = self._table()
        options = self.options
        dataset = prepare(self._table, options, dtype=np.dtype(options.dtype), fold=number - 1)
        if isinstance(options.batch_size, int) and options.batch_size > len(dataset.train):
            options = dataclasses.replace(options, batch_size="full")  # a fold has fewer rows
        model = options.model(dataset.inputs, dataset.outputs, tables=dataset.encoder.tables)
        return FoldSession(number, Session(model, dataset, options, hooks=self._hooks), dataset)

    def train(self, fold: FoldSession, functions: Callbacks) -> FoldRecord | None:
        """Train a fold to its end and keep what it found; None if a callback asked to stop."""
        epochs = self.options.epochs
        assert epochs is not None, "chosen when the run started"
        if not fold.session.loop.run(epochs, functions):
            return None
        record = fold_record(fold.number, fold.session, fold.dataset)
        self.folder.save_fold(epochs, record)
        self.done[fold.number] = record
        if not self.left:
            self._table = None  # which the final training does not need
        return record

    def summary(self) -> CrossValidation | None:
        """What the folds found together; None while some are left."""
        if self.left:
            return None
        return CrossValidation(self.metric, tuple(self.done[i + 1] for i in range(self.count)))
