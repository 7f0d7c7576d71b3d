"""The story of one weight of a trained network: its gradient for one row of the data."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import OptionError
from chainrule.explain import Explanation, explain
from chainrule.ops import Tensor
from chainrule.ops.losses import LOSSES
from chainrule.ops.tensor import constant
from chainrule.train.project import Project

__all__ = ["explain_weight", "sample_loss"]


def sample_loss(project: Project, sample: int) -> Tensor:
    """The loss of one held-out row, recorded in float64 with every layer's output named.

    Rows are counted from 0 in the test part (or, where none is held out, in the training part).
    """
    data = project.dataset
    part = data.test if len(data.test) else data.train
    if not 0 <= sample < len(part):
        raise OptionError(
            "sample", expected=f"a row between 0 and {len(part) - 1}", got=str(sample)
        )
    model = project.settings.model(data.inputs, data.outputs, dtype=np.float64)
    state = project.session.stepper.state()
    model.load({**state.parameters, **state.buffers})
    x = constant(part.x[sample].astype(np.float64)).named("x")
    target = constant(part.y[sample])
    name = "cross_entropy" if data.task == "classification" else "mse"
    return LOSSES[name](model(x), target).named("loss")


def explain_weight(
    project: Project, sample: int = 0, weight: str | None = None, **options: Any
) -> Explanation:
    """Where the gradient of one weight comes from, for one row.

    Without a `weight`, the one of the first layer whose gradient is largest for this row.
    """
    loss = sample_loss(project, sample)
    if weight is None:
        gradient = loss.gradients()["layers.0.weight"].value
        place = np.unravel_index(int(np.abs(gradient).argmax()), gradient.shape)
        weight = f"layers.0.weight[{', '.join(str(int(i)) for i in place)}]"
    title = f"The gradient of {weight}, for row {sample} held out of {project.dataset.name}"
    return explain(loss, wrt=weight, title=title, steps="names", **options)
