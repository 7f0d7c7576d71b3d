"""The loss curve of a training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import DataError
from chainrule.train.figures.axes_style import (
    FAINT,
    INK,
    TRAIN,
    VALIDATION,
    canvas,
    drawn,
    epoch_axis,
    number,
    plain_ticks,
)
from chainrule.train.loop.history import EpochRecord

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["loss_curve"]


@drawn
def loss_curve(
    records: Sequence[EpochRecord], *, title: str = "Loss by epoch", unit: str = "mean per row"
) -> Figure:
    """Training and validation loss by epoch, logarithmic if they span more than a factor of 20.

    The epoch with the lowest validation loss is marked. Losses that are not finite leave a gap.
    Raises `DataError` where there is no record.

    >>> figure = loss_curve([EpochRecord(1, 10, 2.0, 0.1, 1.0), EpochRecord(2, 20, 1.0, 0.1, 1.0)])
    >>> figure.axes[0].get_yscale(), figure.axes[0].get_xlabel()
    ('linear', 'epoch')
    """
    if not records:
        raise DataError(
            "loss curve", expected="one epoch or more", got="none", remedy="train for an epoch"
        )
    epochs = [record.epoch for record in records]
    train = _finite([record.train_loss for record in records])
    validation = _finite([record.validation_loss for record in records])
    figure, axes = canvas(7.0, 4.2, title)
    epoch_axis(axes, epochs)
    axes.set_ylabel(f"loss ({unit})")
    # Without markers a line through a single epoch is invisible.
    marker = "o" if len(records) < 12 else None
    axes.plot(epochs, train, color=TRAIN, lw=1.8, marker=marker, ms=4, label="training")
    if np.isfinite(validation).any():
        style: dict[str, Any] = {"color": VALIDATION, "lw": 1.8, "ls": (0, (4, 2))}
        axes.plot(epochs, validation, marker=marker and "s", ms=4, label="validation", **style)
        best = int(np.nanargmin(validation))
        axes.plot(
            epochs[best],
            validation[best],
            ls="none",
            marker="o",
            ms=9,
            mfc="none",
            mec=VALIDATION,
            mew=1.6,
            label=f"least validation loss: {number(validation[best], 4)} at epoch {epochs[best]}",
        )
    losses = np.concatenate([train, validation])
    losses = losses[np.isfinite(losses)]
    if len(losses) and losses.min() > 0 and losses.max() > 20 * losses.min():
        axes.set_yscale("log")
        plain_ticks(axes, "y")
    elif len(losses) and losses.min() >= 0:
        axes.set_ylim(bottom=0)
    axes.grid(axis="y", color=FAINT, lw=0.8)
    axes.legend(frameon=False, labelcolor=INK)
    return figure


def _finite(losses: Sequence[float | None]) -> np.ndarray:
    values = np.array([np.nan if loss is None else loss for loss in losses], float)
    return np.where(np.abs(values) < 1e300, values, np.nan)
