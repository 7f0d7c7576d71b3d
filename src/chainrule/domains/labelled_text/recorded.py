"""The loss of a trained network for a held-out text, recorded to be explained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.domains.labelled_text.coder import LabelledTextCoder
from chainrule.errors import OptionError
from chainrule.explain.entry_labels import EntryLabels
from chainrule.nn import Layer
from chainrule.ops.tensor import constant
from chainrule.train.evaluation.class_scores import log_softmax
from chainrule.train.evaluation.evaluation import shown_part
from chainrule.train.loop.session import loss_function
from chainrule.train.runs.domain import Material
from chainrule.train.runs.trained_network import RecordedLoss

__all__ = ["record_text"]

MOST_SHOWN = 60
"""The most characters of a text in a title."""


def record_text(
    network: Layer,
    coder: LabelledTextCoder,
    material: Material,
    rows: Sequence[int],
    wrt: Sequence[str],
) -> RecordedLoss:
    """The loss of one held-out text; see `DataDomain.record`."""
    name, part = shown_part(material.dataset)
    if len(rows) > 1:
        raise OptionError("sample", expected="one text", got=str(len(rows)), remedy="name one")
    if rows and not 0 <= rows[0] < len(part):
        raise OptionError(
            "sample", expected=f"a text between 0 and {len(part) - 1}", got=str(rows[0])
        )
    row = rows[0] if rows else _worst(network, part.x, part.y)
    count = int(part.x["mask"][row].sum())
    codes = part.x["codes"][row : row + 1, :count]
    x = {"codes": constant(codes), "mask": constant(np.ones(codes.shape))}
    scope = network.scope()
    logits = network.apply(scope, x)
    loss = loss_function(None, "classification")(logits, constant(part.y[row : row + 1]))
    loss = loss.named("loss")
    steps = [f"{coder.label(int(code))}@{i}" for i, code in enumerate(codes[0])]
    tokens = [f"'{coder.label(code)}'" for code in range(coder.numbers)]
    axes: dict[str, Sequence[Sequence[str] | None]] = {
        "embed.weight": (tokens, None),
        "out.weight": (coder.classes, None),
        "out.bias": (coder.classes,),
    }
    for output in scope.outputs.values():
        if getattr(output, "ndim", 0) == 3 and output.node.name and output.shape[1] == len(steps):
            axes[output.node.name] = (None, steps, None)
    if logits.node.name:
        axes[logits.node.name] = (None, coder.classes)
    labels = EntryLabels(axes)
    named = tuple(map(labels.plain, wrt)) or (_largest(loss),)
    text = material.kept[("training", "validation", "test").index(name)][row]
    shown = text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"
    place = "held out of" if name != "training" else "of the training part of"
    worst = "" if rows else ", the one it gets most wrong"
    about = (
        f"text {row} {place} {material.dataset.name}, {shown!r}, of class"
        f" {coder.classes[part.y[row]]!r}{worst}"
    )
    title = f"The gradient of {' and '.join(map(labels.label, named))}, for {about}"
    return RecordedLoss(loss, named, title, about, labels)


def _worst(network: Layer, x: Any, y: Any) -> int:
    """The text with the largest loss."""
    logs = log_softmax(np.asarray(network.predict(x)))
    return int(np.argmin(logs[np.arange(len(y)), y]))


def _largest(loss: Any) -> str:
    """The weight of the output with the largest gradient."""
    gradient = np.abs(loss.gradients()["out.weight"].value)
    index = np.unravel_index(int(gradient.argmax()), gradient.shape)
    return f"out.weight[{', '.join(str(int(i)) for i in index)}]"
