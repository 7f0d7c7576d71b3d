"""The gradient on its way back from the output: its norm after each layer, and why it changes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from chainrule.errors import DataError
from chainrule.explain import Flow
from chainrule.train.figures.axes_style import (
    FAINT,
    INK,
    TRAIN,
    VALIDATION,
    drawn,
    number,
    plain_ticks,
    power_of_ten,
    remove_frame,
    short_label,
    shown,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["shrinkage"]

REST = "#999999"

PARTS = (("activation", TRAIN, ""), ("weights", VALIDATION, "//"), ("other", REST, ".."))
"""The factors of a layer, each with its colour and its hatch."""


@drawn
def shrinkage(flow: Flow, *, title: str | None = None) -> Figure:
    """The norm of the gradient from the output (left) back, and each layer's factors below it.

    Both scales are logarithmic: a factor of 1 has no bar, a larger one a bar upwards, a smaller one
    a bar downwards, and the bars of all layers up to a point add up to the height of the curve
    there.  A norm of 0 ends the curve.  Raises `DataError` where there is no layer.

    >>> import chainrule as cr
    >>> w, x = cr.variables(w=5.0, x=2.0)
    >>> figure = shrinkage(cr.flow((w * x).named("f"), inputs=["x"]))
    >>> figure.axes[0].get_yscale(), figure.axes[1].get_ylabel()
    ('log', 'factor (logarithmic)')
    """
    layers = flow.layers
    if not layers:
        raise DataError("shrinkage", expected="one layer or more", got="none")
    from matplotlib.figure import Figure

    width = min(16.0, max(7.0, 1.8 + 0.62 * len(layers)))
    figure = Figure(figsize=(width, 6.4), layout="constrained", facecolor="white")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    heading = title or f"How the gradient of {flow.output} shrinks and grows on its way back"
    above.set_title(shown(heading), loc="left", fontsize=12, color=INK, pad=10)
    _draw_norms(above, [1.0, *(layer.norm for layer in layers)], flow.output)
    _draw_factors(below, flow)
    names = [shown(flow.output), *(short_label(layer.end) for layer in layers)]
    slanted = len(names) > 9 or max(map(len, names)) > 8
    below.set_xticks(range(len(names)), names, rotation=45 if slanted else 0)
    if slanted:
        for label in below.get_xticklabels():
            label.set_horizontalalignment("right")
            label.set_rotation_mode("anchor")
    below.set_xlabel("result, from the output back to the inputs")
    figure.legend(loc="outside lower center", frameon=False, labelcolor=INK, fontsize=9, ncols=3)
    return figure


def _draw_norms(axes: Axes, norms: Sequence[float], output: str) -> None:
    remove_frame(axes)
    values = np.array([norm if 1e-300 < norm < 1e300 else np.nan for norm in norms])
    axes.set_yscale("log")
    axes.plot(range(len(norms)), values, color=TRAIN, lw=1.8, marker="o", ms=5)
    every = max(1, math.ceil(len(norms) / 12))
    for i in range(0, len(norms), every):
        value = values[i]
        axes.annotate(
            number(norms[i]) if np.isfinite(value) else "0" if not norms[i] else "",
            (i, value if np.isfinite(value) else np.nanmin(values)),
            xytext=(5, 5),
            textcoords="offset points",
            fontsize=9,
            color=INK,
        )
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    margin = max(0.12 * math.log10(high / low), 0.3)
    axes.set_ylim(low / 10**margin, high * 10 ** (1.5 * margin))
    axes.yaxis.set_major_formatter(power_of_ten)
    axes.yaxis.set_minor_formatter(lambda value, _: "")
    axes.set_ylabel(f"‖∂{shown(output)} / ∂result‖₂ (logarithmic)")
    axes.grid(axis="y", color=FAINT, lw=0.8)
    axes.set_axisbelow(True)


def _draw_factors(axes: Axes, flow: Flow) -> None:
    """Draw bars from 1 to each factor, side by side, over the result at which the layer ends."""
    remove_frame(axes)
    axes.set_yscale("log")
    width, reached = 0.26, [1.0]
    for i, (part, color, hatch) in enumerate(PARTS):
        factors = [getattr(layer, part) or 1.0 for layer in flow.layers]
        axes.bar(
            [1 + layer + (i - 1) * width for layer in range(len(factors))],
            [factor - 1 for factor in factors],
            width,
            bottom=1,
            facecolor=color,
            hatch=hatch,
            edgecolor="white",
            lw=0.5,
            label="rest" if part == "other" else part,
        )
        reached += factors
    margin = max(0.1 * math.log10(max(reached) / min(reached)), 0.05)
    axes.set_ylim(min(reached) / 10**margin, max(reached) * 10**margin)
    plain_ticks(axes, "y")
    axes.axhline(1, color=INK, lw=0.8)
    axes.set_ylabel("factor (logarithmic)")
    axes.grid(axis="y", color=FAINT, lw=0.8)
    axes.set_axisbelow(True)
