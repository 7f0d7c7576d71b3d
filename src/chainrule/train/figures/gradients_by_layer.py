"""The gradient norm of each layer at one moment."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from chainrule.errors import DataError
from chainrule.train.figures.axes_style import (
    FAINT,
    GRADIENT_NORM,
    INK,
    TRAIN,
    VALIDATION,
    canvas,
    drawn,
    number,
    plain_ticks,
    shown,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["gradient_norms"]


@drawn
def gradient_norms(
    norms: Mapping[str, float], *, title: str = "Gradient norm of each layer, first to last"
) -> Figure:
    """‖∂loss/∂parameters‖₂ of each layer, from the input (top) to the output (bottom).

    The scale is logarithmic, since layers differ by powers of ten; a norm of zero, or one that is
    not finite, is written at the edge. Raises `DataError` where there is no layer.

    >>> gradient_norms({"linear 1": 0.01, "linear 2": 0.5}).axes[0].get_xscale()
    'log'
    """
    if not norms:
        raise DataError(
            "gradient norms", expected="one layer or more", got="none", remedy="train for a step"
        )
    values = list(norms.values())
    # Beyond these limits, an axis with a margin around the values would not be finite.
    on_scale = [value for value in values if 1e-300 < value < 1e300]
    low, high = (min(on_scale), max(on_scale)) if on_scale else (1.0, 1.0)
    # A margin of at least a third of a decade, so that nearly equal norms do not look far apart.
    margin = max(math.log10(high / low) * 0.1, 0.35)
    left, right = low / 10**margin, high * 10 ** (margin * 2)
    figure, axes = canvas(7.0, max(2.2, 1.3 + 0.32 * len(norms)), title)
    axes.set_xscale("log")
    axes.set_xlim(left, right)
    plain_ticks(axes, "x")
    for row, value in enumerate(values):
        visible = value in on_scale
        note = "" if visible else " (no gradient)" if value == 0 else " (off the scale)"
        if visible:
            axes.plot([left, value], [row, row], color=TRAIN, lw=2, alpha=0.35)
            axes.plot(value, row, ls="none", marker="o", ms=7, color=TRAIN)
        axes.annotate(
            f"{number(value)}{note}",
            (value if visible else left, row),
            xytext=(9 if visible else 4, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            color=INK if visible else VALIDATION,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
    axes.set_yticks(range(len(norms)), [shown(name) for name in norms])
    axes.set_ylim(len(norms) - 0.4, -0.6)
    axes.set_xlabel(f"{GRADIENT_NORM}  (loss per unit of parameter, logarithmic)")
    axes.set_ylabel("layer")
    axes.grid(axis="x", color=FAINT, lw=0.8)
    axes.set_axisbelow(True)
    return figure
