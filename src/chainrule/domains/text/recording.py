"""The loss of a held-out window, recorded to be explained, with its tokens as labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule import ops
from chainrule.domains.text.network import TextNetwork
from chainrule.domains.text.texts.tokens import UNKNOWN, Vocabulary
from chainrule.errors import OptionError, UnknownNameError
from chainrule.explain.entry_labels import EntryLabels
from chainrule.graph import Graph
from chainrule.ops import Tensor
from chainrule.ops.tensor import constant
from chainrule.train.data.dataset import Part
from chainrule.train.runs.trained_network import RecordedLoss

__all__ = ["record_window"]

MOST_SHOWN = 40
"""The most characters of a window in a title."""


def record_window(
    network: TextNetwork,
    known: Vocabulary,
    part: Part,
    place: str,
    rows: Sequence[int],
    wrt: Sequence[str],
) -> RecordedLoss:
    """Record the mean loss of the tokens of one window; see `DataDomain.record`."""
    if len(rows) > 1:
        raise OptionError(
            "sample", expected="one window", got=f"{len(rows)}", remedy="name one of them"
        )
    row = rows[0] if rows else _worst(network, part)
    if not 0 <= row < len(part):
        expected = f"a window between 0 and {len(part) - 1}"
        raise OptionError("sample", expected=expected, got=str(row))
    counted = np.flatnonzero(part.y[row])
    codes = part.x[row][: counted[-1] + 2]  # without what is behind a short text
    scope = network.scope()
    losses = network.apply(scope, constant(codes[None]).named("x"))
    loss = ops.mean(losses).named("loss")
    labels = EntryLabels(_axes(known, scope.outputs, codes))
    names = list(Graph.of([loss.node]).names().values())
    plain = tuple(labels.plain(name) for name in wrt)
    for name in plain:
        if name.partition("[")[0].strip() not in names:
            raise UnknownNameError("wrt", name, names)
    plain = plain or (_largest(loss),)
    text = known.decode(codes.tolist())
    shown = text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"
    about = f"window {row} {place}, {shown!r}" + ", the one it gets most wrong" * (not rows)
    title = f"The gradient of {' and '.join(map(labels.label, plain))}, for {about}"
    return RecordedLoss(loss, plain, title, about, labels)


def _worst(network: TextNetwork, part: Part) -> int:
    """The window with the largest mean loss of the tokens that count."""
    losses: Any = network.predict(part.x)
    return int(((losses[..., 0] * part.y).sum(axis=1) / part.y.sum(axis=1)).argmax())


def _axes(known: Vocabulary, outputs: Any, codes: Any) -> dict[str, Sequence[Sequence[str] | None]]:
    """Labels for the time steps and for the vocabulary, in what the layers have and return."""
    steps = [f"{known.label(int(code))}@{step}" for step, code in enumerate(codes)]
    # in quotes, since some are digits, which indices are, too
    names = [f"'{known.label(i)}'" for i in range(known.size)]
    if known.kind != "bytes":
        names[UNKNOWN] = "unknown"
    axes: dict[str, Sequence[Sequence[str] | None]] = {
        "x": (None, steps),
        "embed.weight": (names, None),
        "out.weight": (names, None),
        "out.bias": (names,),
    }
    inner = {path: None for path in outputs if path not in ("out", "dropout")}
    for path, last in {**inner, "out": names}.items():
        output = outputs.get(path)
        if isinstance(output, Tensor) and output.node.name and output.ndim == 3:
            axes[output.node.name] = (None, steps[:-1], last)
    return axes


def _largest(loss: Tensor) -> str:
    """The weight of the output with the largest gradient."""
    gradient = np.abs(loss.gradients()["out.weight"].value)
    index = np.unravel_index(int(gradient.argmax()), gradient.shape)
    return f"out.weight[{', '.join(str(int(i)) for i in index)}]"
