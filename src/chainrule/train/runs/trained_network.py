"""Explaining a weight of a trained network: its gradient for rows of the data, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

import numpy as np

from chainrule.errors import OptionError, UnknownNameError
from chainrule.explain import Explanation, explain
from chainrule.explain.entry_labels import EntryLabels
from chainrule.graph import Graph
from chainrule.nn import Sequential
from chainrule.nn.prediction import in_chunks
from chainrule.ops import Tensor
from chainrule.ops.tensor import constant
from chainrule.train.data.class_weights import ClassWeights
from chainrule.train.data.dataset import Dataset, Part
from chainrule.train.loop.session import class_weighted, loss_function
from chainrule.train.options import RunOptions
from chainrule.train.runs.members import member_folder
from chainrule.train.runs.predictor import trained_model
from chainrule.train.runs.run_config import read_config
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.runs.tables.table_domain import TABLES
from chainrule.train.runs.tables.table_labels import table_labels
from chainrule.train.runs.training_run import TrainingRun
from chainrule.train.steps.tracing import Loss

__all__ = ["RecordedLoss", "TrainedNetwork", "explain_weight"]

MOST_LISTED = 6
"""The most rows, or ranges of rows, that a title lists."""


@final
@dataclass(frozen=True)
class RecordedLoss:
    """A loss to be explained with respect to `wrt`, and its description in words.

    `about` names the rows that the loss is of, and `title` the whole explanation.  `labels` are the
    names of the table's columns and classes, which `wrt` has indices for.
    """

    loss: Tensor
    wrt: tuple[str, ...]
    title: str
    about: str
    labels: EntryLabels = field(default_factory=EntryLabels)


@final
class TrainedNetwork:
    """A trained network in float64, with the rows held out from its training.

    Rows are counted from 0 in the test part, or in the training part if no rows are held out.
    `test` is the file of the test rows, where they have one of their own.
    With the class weights of the training, a mean loss is weighted by them, as it was in training.
    """

    def __init__(
        self,
        model: Sequential,
        data: Dataset,
        class_weights: ClassWeights | None = None,
        test: str | None = None,
        member: str = "",
    ) -> None:
        self._member = member
        self.model, self.encoder = model, data.encoder
        self.part: Part = data.test if len(data.test) else data.train
        self._place = f"held out of {data.name}"
        if test is not None:
            self._place = f"of {Path(test).name}"
        elif not len(data.test):
            self._place = f"of the training rows of {data.name}"
        self._loss = loss_function(None, data.task)
        self._weighted: Loss | None = None
        if class_weights is not None:
            self._weighted = class_weighted(self._loss, class_weights, data)

    @classmethod
    def of(cls, run: TrainingRun[RunOptions]) -> TrainedNetwork:
        """The network of a training in its current state."""
        data = run.dataset
        model = TABLES.network(run.options, data.encoder, np.float64)
        state = run.session.stepper.state()
        model.load({**state.parameters, **state.buffers})
        return cls(
            model, data, run.options.class_weights, run.options.test, _member(run.options, 1)
        )

    @classmethod
    def read(cls, path: Path, member: int | None = None) -> TrainedNetwork:
        """The network of a run folder; of an ensemble the one with this number, or the first.

        Raises RunError if the run cannot be read or its data have changed, DataError if the data
        cannot be read, and OptionError for a member that does not exist.
        """
        folder = RunFolder.read(path)
        options, encoder, _ = read_config(folder, TABLES)
        chosen = folder if member is None else member_folder(folder, options, member)
        model = trained_model(chosen, options, encoder, np.float64)
        data = TABLES.reload(options, folder.config).dataset
        which = _member(options, member or 1)
        return cls(model, data, options.class_weights, options.test, which)

    def loss(self, *rows: int) -> Tensor:
        """The loss of one row, or the mean loss of several, with every layer's output named.

        With class weights, the mean is weighted; the loss of a single row is the same without them.

        Raises OptionError for a row that does not exist.
        """
        return self._recorded(rows)[0]

    def _recorded(self, rows: Sequence[int]) -> tuple[Tensor, Tensor]:
        """The same loss, and the outputs of the network."""
        for row in rows:
            if not 0 <= row < len(self.part):
                raise OptionError(
                    "sample", expected=f"a row between 0 and {len(self.part) - 1}", got=str(row)
                )
        chosen = rows[0] if len(rows) == 1 else list(rows)
        x = constant(self.part.x[chosen].astype(np.float64)).named("x")
        weighted = self._weighted if len(rows) > 1 else None
        loss = weighted or self._loss
        outputs = self.model(x)
        return loss(outputs, constant(self.part.y[chosen])).named("loss"), outputs

    def worst(self) -> int:
        """The row with the largest loss."""
        outputs = in_chunks(lambda x: self.model(x).value, self.part.x.astype(np.float64))
        pairs = zip(outputs, self.part.y, strict=True)
        return int(np.argmax([self._loss(constant(o), constant(y)).item() for o, y in pairs]))

    def record(self, rows: Sequence[int] = (), wrt: Sequence[str] = ()) -> RecordedLoss:
        """Record the loss of `rows`, to be explained with respect to `wrt`.

        Without rows, the row with the largest loss is used; without names, the weight of the first
        layer with the largest gradient.
        """
        which = "" if rows else ", the one it gets most wrong"
        rows = list(dict.fromkeys(rows)) or [self.worst()]
        loss, outputs = self._recorded(rows)
        labels = table_labels(self.encoder, loss, outputs)
        known = [*self.encoder.features, *Graph.of([loss.node]).names().values()]
        for name in wrt:
            if labels.inputs and "[" not in name and name.strip() not in known:
                raise UnknownNameError("wrt", name, known)
            self._check_differentiable(name, rows, labels)
        each = [f"[{i}]" for i in range(len(rows))] if len(rows) > 1 else [""]
        named = [name + i for name in wrt for i in (each if labels.is_input(name) else [""])]
        wrt = tuple(map(labels.plain, named)) or (self._weight_with_largest_gradient(loss),)
        mean = "mean loss" if self._weighted is None else "class-weighted mean loss"
        subject = f"row {rows[0]}" if len(rows) == 1 else f"the {mean} of rows {_row_ranges(rows)}"
        about = f"{subject} {self._place}{which}"
        if len(rows) == 1 and (levels := self.encoder.levels(self.part.x[rows[0]])):
            about += f", where {_join_words([f'{name} is {one}' for name, one in levels.items()])}"
        if len(rows) > 1:
            entry = labels.label(f"{labels.inputs}[0, 0]") if labels.inputs else ""
            about += _batch_indices(rows, entry if entry.endswith("[0]") else "x[0, …]")
        about += self._member
        title = f"The gradient of {_join_words([*map(labels.label, wrt)])}, for {about}"
        return RecordedLoss(loss, wrt, title, about, labels)

    def _check_differentiable(self, name: str, rows: Sequence[int], labels: EntryLabels) -> None:
        """Raise OptionError for a category that is embedded: a code, by which nothing changes."""
        for column in self.encoder.tables:
            if self.encoder.features[column] != name.partition("[")[0].strip():
                continue
            table = next(one for one in labels.axes if one.endswith(f".embedding{column}"))
            code = int(self.part.x[rows[0], column])
            vector = labels.label(f"{table}[{code}, 0]")
            raise OptionError(
                "wrt",
                expected="a number that the loss depends on",
                got=f"{name.strip()!r}, a category, whose number is only a code",
                remedy=f"name an entry of its vector, such as {vector!r}",
            )

    def _weight_with_largest_gradient(self, loss: Tensor) -> str:
        weights = [name for name in self.model.parameters() if name.endswith("weight")]
        if not weights:
            raise UnknownNameError("wrt", "a weight", self.model.parameters())
        gradient = np.abs(loss.gradients()[weights[0]].value)
        index = np.unravel_index(int(gradient.argmax()), gradient.shape)
        return f"{weights[0]}[{', '.join(str(int(i)) for i in index)}]"


def _member(options: RunOptions, number: int) -> str:
    """Which network of an ensemble is explained, as the end of a title."""
    return f"; network {number} of {options.members}" if options.members > 1 else ""


def explain_weight(
    trained: TrainedNetwork, rows: Sequence[int] = (), wrt: Sequence[str] = (), **options: Any
) -> Explanation:
    """Explain the gradient of a weight; see `TrainedNetwork.record` and `chainrule.explain`."""
    recorded = trained.record(rows, wrt)
    options = {"steps": "names", "title": recorded.title, **options}
    return explain(recorded.loss, wrt=recorded.wrt, **options).labelled(recorded.labels)


def _batch_indices(rows: Sequence[int], entry: str) -> str:
    """Which rows the indices of a batch stand for; empty if the numbers are equal.

    `entry` is how an entry of the first row is called, such as `age[0]`.
    """
    if list(rows) == list(range(len(rows))):
        return ""
    second = "[1".join(entry.rsplit("[0", 1))
    return f"; {entry} is row {rows[0]}, {second} row {rows[1]}"


def _row_ranges(rows: Sequence[int]) -> str:
    """Row numbers in words: consecutive ones as a range, only the first few of many.

    >>> _row_ranges([3, 5, 6, 7, 9]), _row_ranges([0, 1])
    ('3, 5–7 and 9', '0–1')
    >>> _row_ranges(range(0, 40, 2))
    '0, 2, 4, 6, 8, 10 and 14 more'
    """
    runs: list[list[int]] = []
    for row in rows:
        if runs and row == runs[-1][-1] + 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    if len(runs) > MOST_LISTED + 1:
        others = sum(map(len, runs[MOST_LISTED:]))
        return _join_words([*map(_range_text, runs[:MOST_LISTED]), f"{others} more"])
    return _join_words([*map(_range_text, runs)])


def _range_text(run: Sequence[int]) -> str:
    return f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0])


def _join_words(items: Sequence[object]) -> str:
    *most, last = map(str, items)
    return f"{', '.join(most)} and {last}" if most else last
