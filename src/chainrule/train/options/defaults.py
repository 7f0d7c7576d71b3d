"""What is chosen for a training where its options do not say, by the number of rows.

On any table the result should be no worse than that of a network which was tuned a little by hand.
The rules are few; the numbers in them were chosen on two thirds of the tables of docs/tables.md.

Layers
    One hidden layer of 100 units, as in scikit-learn, and from `MANY_ROWS` on a second one.  Few
    noisy rows are learnt by heart with two.  Of many it takes two to learn products and cycles,
    such as what an hour of the day means on a working day.
Initial weights
    Xavier in all layers (Glorot and Bengio, AISTATS 2010).  He's weights are √2 times as large:
    where rows are few and categories many, the network then starts far from what it is to learn.
Weight decay
    AdamW (Loshchilov and Hutter, ICLR 2019) whose weights shrink by a hundredth in an epoch, as a
    prior counts once for all rows, but by no more than a thousandth in a step.  It is divided by
    the learning rate, so that another rate does not change it: λ = min(0.01 / steps, 0.001) / η.
Batches
    32 rows; from `MANY_ROWS` on 128, which is no worse then and faster.
Early stopping
    A tenth of the rows validates, and the best epoch is kept (Prechelt, 1998).  Where there are
    fewer than `FEW_ROWS`, forty rows or less would be too few to judge by, and are missed where
    they could be learnt from: all are, for a fixed number of epochs.
"""

from __future__ import annotations

import math
from typing import Any

__all__ = ["FEW_ROWS", "MANY_ROWS", "SHARE", "choose", "validation_share"]

FEW_ROWS = 400
"""Fewer rows than these, without those of the test, are all learnt from."""

MANY_ROWS = 1500
"""From so many rows to learn from on, network and batches are larger, and patience shorter."""

SHARE = 0.1
"""Of the rows, for validation."""

WIDTH = 100
"""The units of a layer."""

RATE = 0.001
"""The learning rate η, Adam's usual one."""

DECAY, MOST_DECAY = 0.01, 0.001
"""By which share weights shrink in an epoch, and at most in a step."""

SMALL_BATCH, LARGE_BATCH = 32, 128

SHORT_PATIENCE, LONG_PATIENCE = 10, 20
"""Epochs without a better one, of many rows and of fewer."""

LONGER = 3
"""How many times that patience a schedule has that waits for validation, too."""

MOST_EPOCHS, MOST_STEPS = 400, 200_000
"""With early stopping, which nearly always comes before."""

FIXED_EPOCHS, FIXED_STEPS = 200, 2500
"""Without early stopping."""

WHOLE_EPOCHS = 100
"""Of a schedule that falls until the last epoch, which is waited for; the best one is kept."""

LEAST_EPOCHS = 20
"""Even where these are more steps than the limits above."""


def validation_share(rows: int) -> float:
    """The share of `rows`, those of the test left out, that validates.

    >>> validation_share(399), validation_share(400)
    (0.0, 0.1)
    """
    return 0.0 if rows < FEW_ROWS else SHARE


def choose(
    rows: int,
    *,
    validated: bool,
    ends: bool = False,
    rate: float | None = None,
    batch_size: int | None = None,
) -> dict[str, Any]:
    """Options by their names, for `rows` to learn from; None leaves one out.

    `rate` and `batch_size` are those that are given; `ends` says of the schedule that it falls
    until the last epoch.

    >>> choose(120, validated=False)["epochs"], choose(5000, validated=True)["batch_size"]
    (200, 128)
    """
    many = rows >= MANY_ROWS
    batch = batch_size or min(LARGE_BATCH if many else SMALL_BATCH, rows)
    steps = math.ceil(rows / batch)
    most, most_steps = (MOST_EPOCHS, MOST_STEPS) if validated else (FIXED_EPOCHS, FIXED_STEPS)
    epochs = min(WHOLE_EPOCHS if ends else most, max(LEAST_EPOCHS, most_steps // steps))
    patience = epochs if ends else SHORT_PATIENCE if many else LONG_PATIENCE
    return {
        "layers": (WIDTH, WIDTH) if many else (WIDTH,),
        "init": "xavier",
        "epochs": epochs,
        "patience": patience if validated else None,
        "batch_size": LARGE_BATCH if many else None,  # then 32, or all rows of fewer
        "optimizer": "adamw",
        "learning_rate": RATE,
        "weight_decay": min(DECAY / steps, MOST_DECAY) / (rate or RATE),
    }
