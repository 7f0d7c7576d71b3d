"""The loss of a trained network for held-out images, recorded to be explained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.domains.images.coder import ImageCoder
from chainrule.errors import OptionError
from chainrule.explain.entry_labels import EntryLabels
from chainrule.graph import Array
from chainrule.nn import Layer
from chainrule.nn.prediction import in_chunks
from chainrule.ops import Tensor
from chainrule.ops.tensor import constant
from chainrule.train.evaluation.class_scores import log_softmax
from chainrule.train.evaluation.evaluation import shown_part
from chainrule.train.loop.session import loss_function
from chainrule.train.runs.domain import Material
from chainrule.train.runs.trained_network import RecordedLoss

__all__ = ["record_images"]


def record_images(
    network: Layer, coder: ImageCoder, material: Material, rows: Sequence[int], wrt: Sequence[str]
) -> RecordedLoss:
    """The loss of one held-out image or the mean loss of several; see `DataDomain.record`."""
    name, part = shown_part(material.dataset)
    names = material.kept[("training", "validation", "test").index(name)]
    for row in rows:
        if not 0 <= row < len(part):
            raise OptionError(
                "sample", expected=f"an image between 0 and {len(part) - 1}", got=str(row)
            )
    worst = "" if rows else ", the one it gets most wrong"
    rows = list(dict.fromkeys(rows)) or [_worst(network, part.x, part.y)]
    chosen: Any = rows[0] if len(rows) == 1 else list(rows)
    outputs = network(constant(part.x[chosen].astype(np.float64)).named("x"))
    loss = loss_function(None, "classification")(outputs, constant(part.y[chosen])).named("loss")
    labels = _labels(coder, outputs, len(rows) > 1)
    named = tuple(map(labels.plain, wrt)) or (_largest(network, loss),)
    listed = " and ".join(f"image {row} ({names[row]})" for row in rows[:6])
    more = f" and {len(rows) - 6} more" * (len(rows) > 6)
    mean = "" if len(rows) == 1 else "the mean loss of "
    true = f", of class {coder.classes[part.y[rows[0]]]!r}" if len(rows) == 1 else ""
    place = "held out of" if name != "training" else "of the training part of"
    about = f"{mean}{listed}{more} {place} {material.dataset.name}{true}{worst}"
    title = f"The gradient of {' and '.join(map(labels.label, named))}, for {about}"
    return RecordedLoss(loss, named, title, about, labels)


def _worst(network: Layer, x: Array, y: Array) -> int:
    """The image with the largest loss."""
    logits = in_chunks(lambda some: network(some).value, x.astype(np.float64))
    return int(np.argmin(log_softmax(logits)[np.arange(len(y)), y]))


def _largest(network: Layer, loss: Tensor) -> str:
    """The weight with the largest gradient."""
    weights = [name for name in network.parameters() if name.endswith("weight")]
    gradients = loss.gradients()
    sizes = {name: np.abs(gradients[name].value) for name in weights}
    name = max(weights, key=lambda one: float(sizes[one].max()))
    index = np.unravel_index(int(sizes[name].argmax()), sizes[name].shape)
    return f"{name}[{', '.join(str(int(i)) for i in index)}]"


def _labels(coder: ImageCoder, outputs: Tensor, batch: bool) -> EntryLabels:
    """Pixels by colour, row and column, outputs by class."""
    colours = ("grey",) if coder.channels == 1 else ("red", "green", "blue")
    rows = tuple(f"row {i}" for i in range(coder.height))
    columns = tuple(f"column {i}" for i in range(coder.width))
    first = (None,) * batch
    axes: dict[str, Sequence[Sequence[str] | None]] = {"x": (*first, colours, rows, columns)}
    if outputs.node.name:
        axes[outputs.node.name] = (*first, coder.classes)
    return EntryLabels(axes)
