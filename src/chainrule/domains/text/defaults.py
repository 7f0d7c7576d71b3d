"""What is chosen for a text by its size, where no option says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from chainrule.domains.text.options import TextOptions
from chainrule.train.runs.domain import Material

__all__ = ["choices"]

LONG = 300_000
"""From so many tokens to learn from on, a wider network pays."""

STEPS = {128: 3500, 256: 1600}
"""Steps of a training by the width of its layers: a minute or so on two cores."""

MOST_EPOCHS = 60

PATIENCE = 8
"""Epochs without a better one."""


def choices(options: TextOptions, material: Material) -> Mapping[str, Any]:
    """The options that were not given, by name."""
    data = material.dataset
    rows, window = len(data.train), data.train.x.shape[1] - 1
    count = rows * window
    rules: dict[str, Any] = {
        "window": window,
        "hidden": 128 if count < LONG or options.model == "transformer" else 256,
        "depth": 2 if options.model == "transformer" else 1,
        "dropout": 0.2 if count < LONG else 0.1,
    }
    chosen = {name: rule for name, rule in rules.items() if getattr(options, name) is None}
    if options.epochs is None:
        size = options.batch_size if isinstance(options.batch_size, int) else rows
        steps = math.ceil(rows / size)
        width = chosen.get("hidden", options.hidden)
        budget = STEPS[128 if width <= 128 else 256]
        chosen["epochs"] = min(max(2, math.ceil(budget / steps)), MOST_EPOCHS)
    epochs = options.epochs or chosen["epochs"]
    if options.patience is None and len(data.validation) and epochs > 2:
        chosen["patience"] = min(PATIENCE, epochs)
    return chosen
