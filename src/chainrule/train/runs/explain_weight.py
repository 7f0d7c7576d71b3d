"""The story of a weight of a trained network: its gradient for rows of the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np

from chainrule.errors import OptionError, UnknownNameError
from chainrule.explain import Explanation, explain
from chainrule.nn import Sequential
from chainrule.nn.prediction import in_chunks
from chainrule.ops import Tensor
from chainrule.ops.losses import LOSSES
from chainrule.ops.tensor import constant
from chainrule.train.data.dataset import Dataset, Part, reload
from chainrule.train.runs.predictor import trained_model
from chainrule.train.runs.project import Project
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.runs.settings import read_config

__all__ = ["Recorded", "Trained", "explain_weight"]

MOST = 6
"""Rows, or ranges of them, that a title lists."""


@final
@dataclass(frozen=True)
class Recorded:
    """A loss, what its gradient is asked for, a title that says so, and of which rows it is."""

    loss: Tensor
    wrt: tuple[str, ...]
    title: str
    about: str


@final
class Trained:
    """A trained network in float64, with the rows held out from it.

    Rows are counted from 0 in the test part (or, where none is held out, in the training part).
    """

    def __init__(self, model: Sequential, data: Dataset) -> None:
        self.model, self.name = model, data.name
        self.part: Part = data.test if len(data.test) else data.train
        self._loss = LOSSES["cross_entropy" if data.task == "classification" else "mse"]

    @classmethod
    def of(cls, project: Project) -> Trained:
        """The network of a training as it is now."""
        data = project.dataset
        model = project.settings.model(data.inputs, data.outputs, dtype=np.float64)
        state = project.session.stepper.state()
        model.load({**state.parameters, **state.buffers})
        return cls(model, data)

    @classmethod
    def read(cls, path: Path) -> Trained:
        """The network of a run folder.

        Raises RunError where the run cannot be read or its data have changed, DataError where these
        cannot be read.
        """
        folder = RunFolder.read(path)
        data, settings, encoder, fingerprint = read_config(folder)
        model = trained_model(folder, settings, encoder, np.float64)
        return cls(model, reload(data, encoder, fingerprint, dtype=np.dtype(settings.dtype)))

    def loss(self, *rows: int) -> Tensor:
        """The loss of one row, or the mean loss of several, with every layer's output named.

        Raises OptionError for a row that is not there.
        """
        for row in rows:
            if not 0 <= row < len(self.part):
                raise OptionError(
                    "sample", expected=f"a row between 0 and {len(self.part) - 1}", got=str(row)
                )
        chosen = rows[0] if len(rows) == 1 else list(rows)
        x = constant(self.part.x[chosen].astype(np.float64)).named("x")
        return self._loss(self.model(x), constant(self.part.y[chosen])).named("loss")

    def worst(self) -> int:
        """The row whose loss is largest."""
        outputs = in_chunks(lambda x: self.model(x).value, self.part.x.astype(np.float64))
        pairs = zip(outputs, self.part.y, strict=True)
        return int(np.argmax([self._loss(constant(o), constant(y)).item() for o, y in pairs]))

    def record(self, rows: Sequence[int] = (), wrt: Sequence[str] = ()) -> Recorded:
        """The loss of `rows`, to be explained with respect to `wrt`.

        Without rows, the one with the largest loss; without names, the weight of the first layer
        whose gradient is largest.
        """
        which = "" if rows else ", the one it gets most wrong"
        rows = list(dict.fromkeys(rows)) or [self.worst()]
        loss = self.loss(*rows)
        wrt = tuple(wrt) or (self._largest(loss),)
        told = f"row {rows[0]}" if len(rows) == 1 else f"the mean loss of rows {_ranges(rows)}"
        about = f"{told} held out of {self.name}{which}"
        if len(rows) > 1:
            about += _places(rows)
        return Recorded(loss, wrt, f"The gradient of {_listed(wrt)}, for {about}", about)

    def _largest(self, loss: Tensor) -> str:
        weights = [name for name in self.model.parameters() if name.endswith("weight")]
        if not weights:
            raise UnknownNameError("wrt", "a weight", self.model.parameters())
        gradient = np.abs(loss.gradients()[weights[0]].value)
        place = np.unravel_index(int(gradient.argmax()), gradient.shape)
        return f"{weights[0]}[{', '.join(str(int(i)) for i in place)}]"


def explain_weight(
    trained: Trained, rows: Sequence[int] = (), wrt: Sequence[str] = (), **options: Any
) -> Explanation:
    """Where the gradient of a weight comes from; see `Trained.record` and `chainrule.explain`."""
    found = trained.record(rows, wrt)
    options = {"steps": "names", "title": found.title, **options}
    return explain(found.loss, wrt=found.wrt, **options)


def _places(rows: Sequence[int]) -> str:
    """Which place of the batch is which row, where that does not go without saying."""
    if list(rows) == list(range(len(rows))):
        return ""
    return f"; x[0, …] is row {rows[0]}, x[1, …] row {rows[1]}"


def _ranges(rows: Sequence[int]) -> str:
    """Numbers in a sentence, those in a row as a range, the first few of many.

    >>> _ranges([3, 5, 6, 7, 9]), _ranges([0, 1])
    ('3, 5–7 and 9', '0–1')
    >>> _ranges(range(0, 40, 2))
    '0, 2, 4, 6, 8, 10 and 14 more'
    """
    runs: list[list[int]] = []
    for row in rows:
        if runs and row == runs[-1][-1] + 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    if len(runs) > MOST + 1:
        others = sum(map(len, runs[MOST:]))
        return _listed([*map(_range, runs[:MOST]), f"{others} more"])
    return _listed([*map(_range, runs)])


def _range(run: Sequence[int]) -> str:
    return f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0])


def _listed(items: Sequence[object]) -> str:
    *most, last = map(str, items)
    return f"{', '.join(most)} and {last}" if most else last
