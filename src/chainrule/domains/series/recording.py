"""The loss of a held-out window, recorded to be explained, with its steps as labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule import ops
from chainrule.domains.series.data.coder import SeriesCoder
from chainrule.domains.series.data.windows import Windows
from chainrule.domains.series.network import SeriesNetwork
from chainrule.errors import OptionError, UnknownNameError
from chainrule.explain.entry_labels import EntryLabels
from chainrule.graph import Graph
from chainrule.ops import Tensor
from chainrule.ops.tensor import constant
from chainrule.train.data.dataset import Dataset
from chainrule.train.runs.trained_network import RecordedLoss

__all__ = ["record_window"]


def record_window(
    network: SeriesNetwork,
    coder: SeriesCoder,
    windows: Windows,
    dataset: Dataset,
    rows: Sequence[int],
    wrt: Sequence[str],
) -> RecordedLoss:
    """Record the loss of one window of the held-out part; see `DataDomain.record`."""
    part = windows.shown()
    data = {"training": dataset.train, "validation": dataset.validation, "test": dataset.test}[part]
    if len(rows) > 1:
        raise OptionError(
            "sample", expected="one window", got=f"{len(rows)}", remedy="name one of them"
        )
    errors = np.mean((network.predict(data.x) - data.y) ** 2, axis=1)
    row = rows[0] if rows else int(errors.argmax())
    if not 0 <= row < len(data):
        expected = f"a window between 0 and {len(data) - 1}"
        raise OptionError("sample", expected=expected, got=str(row))
    given = data.x if isinstance(data.x, dict) else {"past": data.x}
    x = {
        name: constant(a[row : row + 1].astype(np.float64)).named(name) for name, a in given.items()
    }
    outputs = network.apply(network.scope(), x if coder.known else x["past"]).named("forecast")
    wanted = constant(data.y[row : row + 1].astype(np.float64)).named("truth")
    loss = ops.mean((outputs - wanted) ** 2).named("loss")
    labels = EntryLabels(_axes(coder, windows), inputs="")
    known = list(Graph.of([loss.node]).names().values())
    plain = tuple(labels.plain(name) for name in wrt)
    for name in plain:
        if name.partition("[")[0].strip() not in known:
            raise UnknownNameError("wrt", name, known)
    plain = plain or (_largest(loss),)
    series, end = _place(windows, part, row)
    of = f" of {series}" if series else ""
    about = f"window {row} of the {part} part{of}, which ends with row {end + 1}"
    about += ", the one it gets most wrong" * (not rows)
    title = f"The gradient of {' and '.join(map(labels.label, plain))}, for {about}"
    return RecordedLoss(loss, plain, title, about, labels)


def _axes(coder: SeriesCoder, windows: Windows) -> dict[str, Sequence[Sequence[str] | None]]:
    """Labels of steps and columns: `past[0, t=-3, close]`, where t=0 is the last step known."""
    steps = [f"t={i}" for i in range(1 - windows.window, 1)]
    ahead = [f"t=+{i}" for i in range(1, windows.horizon + 1)]
    every = [f"{name}@{step}" for step in steps for name in coder.channels]
    every += [f"{name}@{step}" for step in ahead for name in coder.known]
    return {
        "past": (None, steps, coder.channels),
        "ahead": (None, ahead, coder.known),
        "forecast": (None, ahead),
        "truth": (None, ahead),
        "linear.weight": (ahead, every),
        "linear.bias": (ahead,),
        "out.weight": (ahead, None),
    }


def _place(windows: Windows, part: str, row: int) -> tuple[str, int]:
    """The name of the series of a window, and its last row."""
    for series, ends in zip(windows.series, windows.ends(part), strict=True):
        if row < len(ends):
            return series.name, int(ends[row])
        row -= len(ends)
    raise AssertionError("a row of the part")


def _largest(loss: Tensor) -> str:
    """The entry with the largest gradient, of the weight of the linear path."""
    gradient: Any = np.abs(loss.gradients()["linear.weight"].value)
    index = np.unravel_index(int(gradient.argmax()), gradient.shape)
    return f"linear.weight[{', '.join(str(int(i)) for i in index)}]"
