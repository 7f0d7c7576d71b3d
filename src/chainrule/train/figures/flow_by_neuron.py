"""The gradient of one entry, and how much of it passes through each neuron."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chainrule.errors import DataError
from chainrule.explain.flow.parts import EntryFlow, LevelFlow
from chainrule.train.figures.axes_style import (
    FAINT,
    INK,
    TRAIN,
    VALIDATION,
    canvas,
    drawn,
    number,
    short_label,
    shown,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

__all__ = ["neurons"]

MOST_NEURONS = 12
"""The neurons of a layer, those with most flow first, that are drawn one by one."""

POSITIVE, NEGATIVE = "paths add up to more than 0", "to less than 0"
OTHERS = "neurons with less flow, together"


@drawn
def neurons(entry: EntryFlow, output: str, *, title: str | None = None) -> Figure:
    """The flow through the neurons of each layer: one bar per layer, the output's side left.

    Each segment of a bar is a neuron's share of the sizes of all paths, hatched where its paths add
    up to less than 0.  Neurons beyond a dozen are one segment.  A bar ends below 100 % where some
    paths bypass its layer.  Raises `DataError` where nothing flows.
    """
    from matplotlib.ticker import PercentFormatter

    if not entry.absolute or not entry.levels:
        raise DataError(
            "flow",
            expected="neurons that gradient flows through",
            got="none",
            remedy="choose an entry behind some layers, with a gradient",
        )
    gradient = number(entry.gradient, 4)
    heading = title or f"Flow of ∂{output}/∂{entry.wrt} = {gradient} through each neuron"
    width = min(16.0, max(7.0, 1.8 + 0.85 * len(entry.levels)))
    figure, axes = canvas(width, 5.4, shown(heading))
    for position, level in enumerate(entry.levels):
        _draw_segments(axes, position, level, entry.absolute)
    names = [short_label(level.names) for level in entry.levels]
    axes.set_xticks(range(len(names)), names)
    axes.set_xlim(-0.6, max(len(names) - 0.4, 2.6))
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    axes.set_xlabel("layer, from the output back")
    axes.set_ylabel("share of the sizes of all paths (absolute flow)")
    figure.legend(
        handles=_legend_entries(),
        loc="outside lower center",
        frameon=False,
        labelcolor=INK,
        fontsize=9,
        ncols=3,
    )
    return figure


def _draw_segments(axes: Axes, position: int, level: LevelFlow, total: float) -> None:
    largest, others = level.neurons[:MOST_NEURONS], level.neurons[MOST_NEURONS:]
    bottom = 0.0
    for neuron in largest:
        share = neuron.absolute / total
        style = _style(POSITIVE if neuron.signed >= 0 else NEGATIVE)
        axes.bar(position, share, 0.8, bottom, **style)
        if share > 0.045:
            sign = "+" * (neuron.signed > 0)
            label = (
                f"{short_label([neuron.name])}\n{sign}{number(neuron.signed, 2)}"
                if share > 0.09
                else shown(neuron.name)
            )
            axes.text(
                position,
                bottom + share / 2,
                label,
                ha="center",
                va="center",
                fontsize=7,
                color=INK,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.85},
            )
        bottom += share
    rest = sum(neuron.absolute for neuron in others) / total
    if rest:
        axes.bar(position, rest, 0.8, bottom, **_style(OTHERS))
        if rest > 0.045:
            axes.text(
                position,
                bottom + rest / 2,
                f"{len(others)} more",
                ha="center",
                va="center",
                fontsize=7,
                color=INK,
            )


def _style(kind: str) -> dict[str, Any]:
    color, hatch = {POSITIVE: (TRAIN, ""), NEGATIVE: (VALIDATION, "//"), OTHERS: (FAINT, "")}[kind]
    return {"facecolor": color, "hatch": hatch, "edgecolor": "white", "lw": 0.6}


def _legend_entries() -> list[Patch]:
    from matplotlib.patches import Patch

    return [Patch(label=kind, **_style(kind)) for kind in (POSITIVE, NEGATIVE, OTHERS)]
