"""Pictures of a run: the loss curve, and the gradient norm of every layer.

They are drawn with matplotlib's objects, never with `pyplot`: no window, no state shared between
calls. What tells lines apart is never colour alone.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import DataError
from chainrule.train.history import EpochRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["gradient_norms", "loss_curve", "to_png"]

# Blue and vermilion of Okabe and Ito, told apart in every common kind of colour blindness.
_TRAIN, _VALIDATION, _INK, _FAINT = "#0072B2", "#D55E00", "#333333", "#D9D9D9"


def loss_curve(
    records: Sequence[EpochRecord], *, title: str = "Loss by epoch", unit: str = "mean per row"
) -> Figure:
    """Training and validation loss by epoch; logarithmic where they span more than a factor 20.

    The epoch with the least validation loss is marked. Losses that are not finite leave a gap.
    Raises `DataError` where there is no record.

    >>> figure = loss_curve([EpochRecord(1, 10, 2.0, 0.1, 1.0), EpochRecord(2, 20, 1.0, 0.1, 1.0)])
    >>> figure.axes[0].get_yscale(), figure.axes[0].get_xlabel()
    ('linear', 'epoch')
    """
    from matplotlib.ticker import MaxNLocator

    if not records:
        raise DataError(
            "loss curve", expected="one epoch or more", got="none", remedy="train for an epoch"
        )
    epochs = [record.epoch for record in records]
    train = _finite([record.train_loss for record in records])
    validation = _finite([record.validation_loss for record in records])
    figure, axes = _canvas(7.0, 4.2, title)
    axes.set_xlabel("epoch")
    axes.set_ylabel(f"loss ({unit})")
    # A single epoch is a point, which a line does not show.
    marker = "o" if len(records) < 12 else None
    axes.plot(epochs, train, color=_TRAIN, lw=1.8, marker=marker, ms=4, label="training")
    if np.isfinite(validation).any():
        style: dict[str, Any] = {"color": _VALIDATION, "lw": 1.8, "ls": (0, (4, 2))}
        axes.plot(epochs, validation, marker=marker and "s", ms=4, label="validation", **style)
        best = int(np.nanargmin(validation))
        axes.plot(
            epochs[best],
            validation[best],
            ls="none",
            marker="o",
            ms=9,
            mfc="none",
            mec=_VALIDATION,
            mew=1.6,
            label=f"least validation loss: {validation[best]:.4g} at epoch {epochs[best]}",
        )
    losses = np.concatenate([train, validation])
    losses = losses[np.isfinite(losses)]
    if len(losses) and losses.min() > 0 and losses.max() > 20 * losses.min():
        axes.set_yscale("log")
        _plain_ticks(axes, "y")
    elif len(losses) and losses.min() >= 0:
        axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y", color=_FAINT, lw=0.8)
    axes.legend(frameon=False, labelcolor=_INK)
    return figure


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
    figure, axes = _canvas(7.0, max(2.2, 1.3 + 0.32 * len(norms)), title)
    axes.set_xscale("log")
    axes.set_xlim(left, right)
    _plain_ticks(axes, "x")
    for place, value in enumerate(values):
        visible = value in drawn
        note = "" if visible else " (no gradient)" if value == 0 else " (off the scale)"
        if visible:
            axes.plot([left, value], [place, place], color=_TRAIN, lw=2, alpha=0.35)
            axes.plot(value, place, ls="none", marker="o", ms=7, color=_TRAIN)
        axes.annotate(
            f"{value:.3g}{note}",
            (value if visible else left, place),
            xytext=(9 if visible else 4, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            color=_INK if visible else _VALIDATION,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
    axes.set_yticks(range(len(norms)), list(norms))
    axes.set_ylim(len(norms) - 0.4, -0.6)
    axes.set_xlabel("‖∂loss / ∂parameters‖₂  (loss per unit of parameter, logarithmic)")
    axes.set_ylabel("layer")
    axes.grid(axis="x", color=_FAINT, lw=0.8)
    axes.set_axisbelow(True)
    return figure


def to_png(figure: Figure, dpi: int = 150) -> bytes:
    """The picture as a PNG file: the same bytes for the same figure."""
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=dpi, metadata={"Software": None})
    return out.getvalue()


def _canvas(width: float, height: float, title: str) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    axes = figure.add_subplot()
    axes.set_title(title, loc="left", fontsize=12, color=_INK, pad=10)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color("#999999")
    axes.tick_params(colors=_INK, labelsize=9)
    return figure, axes


def _plain_ticks(axes: Axes, which: str) -> None:
    """1, 2 and 5 in every decade, written as numbers while there are few decades."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis = axes.yaxis if which == "y" else axes.xaxis
    low, high = sorted(axis.get_view_interval())
    decades = math.log10(high / low)
    if decades < 3:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _finite(losses: Sequence[float | None]) -> np.ndarray:
    values = np.array([np.nan if loss is None else loss for loss in losses], float)
    return np.where(np.abs(values) < 1e300, values, np.nan)
