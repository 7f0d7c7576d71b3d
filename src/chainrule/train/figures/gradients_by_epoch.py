"""The gradient norm of each layer, epoch by epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from chainrule.errors import DataError
from chainrule.graph import Array
from chainrule.train.figures.axes_style import (
    FAINT,
    GRADIENT_NORM,
    INK,
    MARKERS,
    canvas,
    drawn,
    epoch_axis,
    legend,
    plain_ticks,
    power_of_ten,
    shades,
    shown,
)
from chainrule.train.loop.history import EpochRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["gradient_flow"]

MOST_LINES = 8
"""Up to this many layers are lines; more are rows of colours."""


@drawn
def gradient_flow(
    records: Sequence[EpochRecord], *, title: str = "Gradient norm of each layer by epoch"
) -> Figure:
    """‖∂loss/∂parameters‖₂ of each layer in the last step of every epoch, on a logarithmic scale.

    Up to eight layers are lines, from dark for the first to light for the last; more are rows of
    colours.  Norms of zero and norms that are not finite leave gaps.  Raises `DataError` where no
    epoch has norms.

    >>> norms = {"linear 1": 0.01, "linear 2": 0.5}
    >>> figure = gradient_flow([EpochRecord(1, 10, 2.0, 0.1, 1.0, gradient_norms=norms)])
    >>> figure.axes[0].get_yscale(), len(figure.axes[0].get_lines())
    ('log', 2)
    """
    seen = [record for record in records if record.gradient_norms]
    if not seen:
        raise DataError(
            "gradient flow", expected="one epoch or more", got="none", remedy="train for an epoch"
        )
    layers = list(seen[-1].gradient_norms)
    norms = np.array([[r.gradient_norms.get(name, np.nan) for name in layers] for r in seen])
    norms = np.where((norms > 1e-300) & (norms < 1e300), norms, np.nan)
    epochs = [record.epoch for record in seen]
    few = len(layers) <= MOST_LINES
    figure, axes = canvas(7.0, 4.2 if few else max(3.0, 1.4 + 0.24 * len(layers)), title)
    if few:
        _draw_lines(axes, epochs, norms, layers)
    else:
        _draw_rows(figure, axes, epochs, norms, layers)
    epoch_axis(axes, epochs)
    return figure


def _draw_lines(axes: Axes, epochs: Sequence[int], norms: Array, layers: Sequence[str]) -> None:
    axes.set_yscale("log")
    labels: list[str] = []
    for name, line, color, marker in zip(
        layers, norms.T, shades(len(layers)), MARKERS, strict=False
    ):
        every = max(1, len(epochs) // 8)
        axes.plot(epochs, line, color=color, lw=1.8, marker=marker, ms=5, markevery=every)
        labels.append(name if np.isfinite(line).any() else f"{name} (no gradient)")
    if np.isfinite(norms).any():
        low, high = float(np.nanmin(norms)), float(np.nanmax(norms))
        margin = max(math.log10(high / low) * 0.06, 0.12)
        axes.set_ylim(low / 10**margin, high * 10**margin)
        plain_ticks(axes, "y")
    axes.set_ylabel(f"{GRADIENT_NORM} in the last step")
    axes.grid(axis="y", color=FAINT, lw=0.8)
    legend(
        axes,
        axes.lines,
        labels,
        title="layer, first to last",
        loc="center left",
        bbox_to_anchor=(1.0, 0.5),
        frameon=False,
        labelcolor=INK,
        fontsize=9,
    )


def _draw_rows(
    figure: Figure, axes: Axes, epochs: Sequence[int], norms: Array, layers: Sequence[str]
) -> None:
    from matplotlib.colors import LogNorm

    low, high = (np.nanmin(norms), np.nanmax(norms)) if np.isfinite(norms).any() else (0.1, 1.0)
    image = axes.imshow(
        np.ma.masked_invalid(norms.T),
        norm=LogNorm(low, high if high > low else low * 10),
        cmap="cividis",
        aspect="auto",
        interpolation="nearest",
        extent=(epochs[0] - 0.5, epochs[-1] + 0.5, len(layers) - 0.5, -0.5),
    )
    axes.set_facecolor(FAINT)
    axes.set_yticks(range(len(layers)), [shown(layer) for layer in layers])
    axes.set_ylabel("layer, first (top) to last")
    bar = figure.colorbar(image, ax=axes, format=power_of_ten)
    bar.ax.yaxis.set_minor_formatter(lambda value, _: "")
    bar.set_label(f"{GRADIENT_NORM} in the last step", color=INK)
