"""The gradient of each layer: its norm now, and by epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from chainrule.errors import DataError
from chainrule.graph import Array
from chainrule.train.figures.canvas import (
    FAINT,
    INK,
    TRAIN,
    VALIDATION,
    by_epoch,
    canvas,
    plain_ticks,
    shades,
)
from chainrule.train.loop.history import EpochRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["gradient_flow", "gradient_norms"]

LINES = 8
"""Layers up to which each has a line; of more, each has a row of colours."""

NORM = "‖∂loss / ∂parameters‖₂"


def gradient_norms(
    norms: Mapping[str, float], *, title: str = "Gradient norm of each layer, first to last"
) -> Figure:
    """‖∂loss/∂parameters‖₂ of each layer, from the input (top) to the output (bottom).

    Logarithmic, since layers differ by powers of ten; a norm of zero, or one that is not finite, is
    written out at the edge. Raises `DataError` where there is no layer.

    >>> gradient_norms({"linear 1": 0.01, "linear 2": 0.5}).axes[0].get_xscale()
    'log'
    """
    if not norms:
        raise DataError(
            "gradient norms", expected="one layer or more", got="none", remedy="train for a step"
        )
    values = list(norms.values())
    # Beyond these an axis with some room around the values would not be finite.
    drawn = [value for value in values if 1e-300 < value < 1e300]
    low, high = (min(drawn), max(drawn)) if drawn else (1.0, 1.0)
    # A third of a decade of room at least, so that near equals do not look far apart.
    room = max(math.log10(high / low) * 0.1, 0.35)
    left, right = low / 10**room, high * 10 ** (room * 2)
    figure, axes = canvas(7.0, max(2.2, 1.3 + 0.32 * len(norms)), title)
    axes.set_xscale("log")
    axes.set_xlim(left, right)
    plain_ticks(axes, "x")
    for place, value in enumerate(values):
        visible = value in drawn
        note = "" if visible else " (no gradient)" if value == 0 else " (off the scale)"
        if visible:
            axes.plot([left, value], [place, place], color=TRAIN, lw=2, alpha=0.35)
            axes.plot(value, place, ls="none", marker="o", ms=7, color=TRAIN)
        axes.annotate(
            f"{value:.3g}{note}",
            (value if visible else left, place),
            xytext=(9 if visible else 4, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            color=INK if visible else VALIDATION,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
    axes.set_yticks(range(len(norms)), list(norms))
    axes.set_ylim(len(norms) - 0.4, -0.6)
    axes.set_xlabel(f"{NORM}  (loss per unit of parameter, logarithmic)")
    axes.set_ylabel("layer")
    axes.grid(axis="x", color=FAINT, lw=0.8)
    axes.set_axisbelow(True)
    return figure


def gradient_flow(
    records: Sequence[EpochRecord], *, title: str = "Gradient norm of each layer by epoch"
) -> Figure:
    """‖∂loss/∂parameters‖₂ of each layer in the last step of every epoch, logarithmic.

    Lines from dark for the first layer to light for the last, each named at its end; of more than
    eight layers, rows of colours.  Norms of zero and those that are not finite leave gaps.
    Raises `DataError` where no epoch has norms.

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
    few = len(layers) <= LINES
    figure, axes = canvas(7.0, 4.2 if few else max(3.0, 1.4 + 0.24 * len(layers)), title)
    if few:
        _lines(axes, epochs, norms, layers)
    else:
        _rows(figure, axes, epochs, norms, layers)
    by_epoch(axes, epochs)
    return figure


def _lines(axes: Axes, epochs: Sequence[int], norms: Array, layers: Sequence[str]) -> None:
    axes.set_yscale("log")
    for name, line, color, marker in zip(
        layers, norms.T, shades(len(layers)), "osD^vPX*", strict=False
    ):
        every = max(1, len(epochs) // 8)
        axes.plot(epochs, line, color=color, lw=1.8, marker=marker, ms=5, markevery=every)
        axes.lines[-1].set_label(name if np.isfinite(line).any() else f"{name} (no gradient)")
    if np.isfinite(norms).any():
        low, high = float(np.nanmin(norms)), float(np.nanmax(norms))
        room = max(math.log10(high / low) * 0.06, 0.12)
        axes.set_ylim(low / 10**room, high * 10**room)
        plain_ticks(axes, "y")
    axes.set_ylabel(f"{NORM} in the last step")
    axes.grid(axis="y", color=FAINT, lw=0.8)
    axes.legend(
        *axes.get_legend_handles_labels(),
        title="layer, first to last",
        loc="center left",
        bbox_to_anchor=(1.0, 0.5),
        frameon=False,
        labelcolor=INK,
        fontsize=9,
    )


def _rows(
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
    axes.set_yticks(range(len(layers)), layers)
    axes.set_ylabel("layer, first (top) to last")
    bar = figure.colorbar(image, ax=axes)
    bar.set_label(f"{NORM} in the last step", color=INK)
