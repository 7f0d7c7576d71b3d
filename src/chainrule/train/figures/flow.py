"""The gradient on its way back: layer by layer with its factors, and through single neurons."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import DataError
from chainrule.explain import Flow
from chainrule.explain.flow import EntryFlow, LevelFlow
from chainrule.train.figures.canvas import (
    FAINT,
    INK,
    TRAIN,
    VALIDATION,
    canvas,
    plain_ticks,
    plainly,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

__all__ = ["neurons", "shrinkage"]

REST = "#999999"

PARTS = (("activation", TRAIN, ""), ("weights", VALIDATION, "//"), ("other", REST, ".."))
"""The factors of a layer: how they are drawn, told apart without colour too."""

LARGEST = 12
"""Neurons of a layer that are drawn one by one."""


def shrinkage(flow: Flow, *, title: str | None = None) -> Figure:
    """The norm of the gradient from the output (left) back, and below it each layer's factors.

    Both logarithmic: a factor of 1 is no bar, one above 1 a bar upwards, one below 1 downwards, and
    the bars of all layers up to a point add up to the height of the curve there.  A norm of 0 ends
    the curve.  Raises `DataError` where there is no layer.

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
    above.set_title(heading, loc="left", fontsize=12, color=INK, pad=10)
    _curve(above, [1.0, *(layer.norm for layer in layers)], flow.output)
    _factors(below, flow)
    names = [flow.output, *(_named(layer.end) for layer in layers)]
    slanted = len(names) > 9 or max(map(len, names)) > 8
    below.set_xticks(range(len(names)), names, rotation=45 if slanted else 0)
    if slanted:
        for label in below.get_xticklabels():
            label.set_horizontalalignment("right")
            label.set_rotation_mode("anchor")
    below.set_xlabel("result, from the output back to the inputs")
    figure.legend(loc="outside lower center", frameon=False, labelcolor=INK, fontsize=9, ncols=3)
    return figure


def _curve(axes: Axes, norms: Sequence[float], output: str) -> None:
    plainly(axes)
    values = np.array([norm if 1e-300 < norm < 1e300 else np.nan for norm in norms])
    axes.set_yscale("log")
    axes.plot(range(len(norms)), values, color=TRAIN, lw=1.8, marker="o", ms=5)
    every = max(1, math.ceil(len(norms) / 12))
    for place in range(0, len(norms), every):
        value = values[place]
        axes.annotate(
            f"{norms[place]:.3g}" if np.isfinite(value) else "0" if not norms[place] else "",
            (place, value if np.isfinite(value) else np.nanmin(values)),
            xytext=(5, 5),
            textcoords="offset points",
            fontsize=9,
            color=INK,
        )
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    room = max(0.12 * math.log10(high / low), 0.3)
    axes.set_ylim(low / 10**room, high * 10 ** (1.5 * room))
    axes.set_ylabel(f"‖∂{output} / ∂result‖₂ (logarithmic)")
    axes.grid(axis="y", color=FAINT, lw=0.8)
    axes.set_axisbelow(True)


def _factors(axes: Axes, flow: Flow) -> None:
    """Bars from 1 to each factor, side by side, over the result at which the layer ends."""
    plainly(axes)
    axes.set_yscale("log")
    wide, reached = 0.26, [1.0]
    for i, (part, color, hatch) in enumerate(PARTS):
        factors = [getattr(layer, part) or 1.0 for layer in flow.layers]
        axes.bar(
            [1 + place + (i - 1) * wide for place in range(len(factors))],
            [factor - 1 for factor in factors],
            wide,
            bottom=1,
            facecolor=color,
            hatch=hatch,
            edgecolor="white",
            lw=0.5,
            label="rest" if part == "other" else part,
        )
        reached += factors
    room = max(0.1 * math.log10(max(reached) / min(reached)), 0.05)
    axes.set_ylim(min(reached) / 10**room, max(reached) * 10**room)
    plain_ticks(axes, "y")
    axes.axhline(1, color=INK, lw=0.8)
    axes.set_ylabel("factor (logarithmic)")
    axes.grid(axis="y", color=FAINT, lw=0.8)
    axes.set_axisbelow(True)


def _named(names: Sequence[str]) -> str:
    joined = ", ".join(names)
    if len(joined) > 16:
        joined = f"{names[0]} …" if len(names) > 1 else f"…{joined[-15:]}"
    return joined


def neurons(entry: EntryFlow, output: str, *, title: str | None = None) -> Figure:
    """What flows through the neurons of each layer, a bar a layer, the output's side left.

    A piece of a bar is a neuron's share of the sizes of all paths; hatched where what its paths add
    up to is below 0.  Past a dozen neurons a layer's others are one piece.  A bar that does not
    reach 100 % is one that some paths go past.  Raises `DataError` where nothing flows.
    """
    from matplotlib.ticker import PercentFormatter

    if not entry.absolute or not entry.levels:
        raise DataError(
            "flow",
            expected="neurons that gradient flows through",
            got="none",
            remedy="choose an entry behind some layers, with a gradient",
        )
    heading = title or f"Flow of ∂{output}/∂{entry.wrt} = {entry.gradient:.4g} through each neuron"
    width = min(16.0, max(7.0, 1.8 + 0.85 * len(entry.levels)))
    figure, axes = canvas(width, 5.4, heading)
    for place, level in enumerate(entry.levels):
        _pieces(axes, place, level, entry.absolute)
    names = [_named(level.names) for level in entry.levels]
    axes.set_xticks(range(len(names)), names)
    axes.set_xlim(-0.6, max(len(names) - 0.4, 2.6))
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel("layer, from the output back")
    axes.set_ylabel("share of the sizes of all paths (absolute flow)")
    figure.legend(
        handles=_keys(),
        loc="outside lower center",
        frameon=False,
        labelcolor=INK,
        fontsize=9,
        ncols=3,
    )
    return figure


ADDS, TAKES = "paths add up to more than 0", "to less than 0"
OTHERS = "neurons with less flow, together"


def _pieces(axes: Axes, place: int, level: LevelFlow, whole: float) -> None:
    shown, others = level.neurons[:LARGEST], level.neurons[LARGEST:]
    bottom = 0.0
    for neuron in shown:
        share = neuron.absolute / whole
        style = _style(ADDS if neuron.signed >= 0 else TAKES)
        axes.bar(place, share, 0.8, bottom, **style)
        if share > 0.045:
            label = (
                f"{_named([neuron.name])}\n{neuron.signed:+.2g}" if share > 0.09 else neuron.name
            )
            axes.text(
                place,
                bottom + share / 2,
                label,
                ha="center",
                va="center",
                fontsize=7,
                color=INK,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.85},
            )
        bottom += share
    rest = sum(neuron.absolute for neuron in others) / whole
    if rest:
        axes.bar(place, rest, 0.8, bottom, **_style(OTHERS))
        if rest > 0.045:
            axes.text(
                place,
                bottom + rest / 2,
                f"{len(others)} more",
                ha="center",
                va="center",
                fontsize=7,
                color=INK,
            )


def _style(kind: str) -> dict[str, Any]:
    color, hatch = {ADDS: (TRAIN, ""), TAKES: (VALIDATION, "//"), OTHERS: (FAINT, "")}[kind]
    return {"facecolor": color, "hatch": hatch, "edgecolor": "white", "lw": 0.6}


def _keys() -> list[Patch]:
    from matplotlib.patches import Patch

    return [Patch(label=kind, **_style(kind)) for kind in (ADDS, TAKES, OTHERS)]
