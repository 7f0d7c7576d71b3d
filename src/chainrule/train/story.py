"""The story of one weight of a trained network: its gradient for one row of the data."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import OptionError
from chainrule.explain import Explanation, explain
from chainrule.ops import Tensor
from chainrule.ops.losses import LOSSES
from chainrule.ops.tensor import constant
from chainrule.train.data import Part
from chainrule.train.project import Project

__all__ = ["explain_weight", "sample_loss"]


def sample_loss(project: Project, sample: int) -> Tensor:
    """The loss of one held-out row, recorded in float64 with every layer's output named.

    Rows are counted from 0 in the test part (or, where none is held out, in the training part).
    """
    data = project.dataset
    part = _held_out(project)
    if not 0 <= sample < len(part):
        raise OptionError(
            "sample", expected=f"a row between 0 and {len(part) - 1}", got=str(sample)
        )
    model = project.settings.model(data.inputs, data.outputs, dtype=np.float64)
    state = project.session.stepper.state()
    model.load({**state.parameters, **state.buffers})
    x = constant(part.x[sample].astype(np.float64)).named("x")
    target = constant(part.y[sample])
    return LOSSES[_loss_name(project)](model(x), target).named("loss")


def explain_weight(
    project: Project, sample: int | None = None, weight: str | None = None, **options: Any
) -> Explanation:
    """Where the gradient of one weight comes from, for one row.

    Without a `sample`, the held-out row with the largest loss; without a `weight`, the one of the
    first layer whose gradient is largest for that row.
    """
    which = "" if sample is not None else ", the one it gets most wrong"
    if sample is None:
        sample = _worst(project)
    loss = sample_loss(project, sample)
    if weight is None:
        gradient = loss.gradients()["layers.0.weight"].value
        place = np.unravel_index(int(np.abs(gradient).argmax()), gradient.shape)
        weight = f"layers.0.weight[{', '.join(str(int(i)) for i in place)}]"
    name = project.dataset.name
    title = f"The gradient of {weight}, for row {sample} held out of {name}{which}"
    return explain(loss, wrt=weight, title=title, steps="names", **options)


def _worst(project: Project) -> int:
    """The row of the held-out part whose loss is largest."""
    part = _held_out(project)
    outputs = project.session.stepper.predict(part.x)
    loss = LOSSES[_loss_name(project)]
    losses = [loss(constant(o), constant(y)).item() for o, y in zip(outputs, part.y, strict=True)]
    return int(np.argmax(losses))


def _held_out(project: Project) -> Part:
    data = project.dataset
    return data.test if len(data.test) else data.train


def _loss_name(project: Project) -> str:
    return "cross_entropy" if project.dataset.task == "classification" else "mse"
