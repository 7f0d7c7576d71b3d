"""Histograms of the activations of each layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from chainrule.errors import DataError
from chainrule.graph import Array
from chainrule.train.figures.axes_style import INK, TRAIN, drawn, number, remove_frame, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["activation_histograms"]

MOST_LAYERS = 12
"""Of more layers than this, only this many are drawn, evenly spread from first to last."""

MANY_ZEROS = 0.01
"""A larger share of zeros is written instead of drawn: it would flatten all other bins."""


@drawn
def activation_histograms(
    outputs: Mapping[str, Array], *, title: str = "Activations of each layer, first to last"
) -> Figure:
    """Histograms of the outputs `(n, …)` of each layer over `n` rows of data.

    The text next to a histogram gives mean, standard deviation, the share of zeros (which are then
    not drawn), and how many units are the same for every row, so that nothing is learnt from them.
    Raises `DataError` where there is no layer.

    >>> figure = activation_histograms({"a1": np.array([[0.0, 1.5], [0.0, 0.5]])})
    >>> print(figure.axes[0].texts[0].get_text())
    mean 0.5, sd 0.612
    50 % zero
    1 of 2 units constant
    """
    from matplotlib.figure import Figure

    if not outputs:
        raise DataError(
            "activations", expected="one layer or more", got="none", remedy="name some layers"
        )
    names = list(outputs)
    if len(names) > MOST_LAYERS:
        names = [names[i] for i in np.linspace(0, len(names) - 1, MOST_LAYERS).round().astype(int)]
    height = 1.0 + 1.25 * len(names)
    figure = Figure(figsize=(7.0, height), layout="constrained", facecolor="white")
    left_out = f" ({len(names)} of {len(outputs)})" if len(names) < len(outputs) else ""
    figure.suptitle(f"{shown(title)}{left_out}", x=0.01, ha="left", fontsize=12, color=INK)
    for name, axes in zip(names, figure.subplots(len(names), squeeze=False).flat, strict=True):
        _draw_histogram(axes, name, outputs[name])
    figure.supxlabel("activation (the layer's output, without unit)", fontsize=10, color=INK)
    figure.supylabel("share of activations in each bin (%)", fontsize=10, color=INK)
    return figure


def _draw_histogram(axes: Axes, name: str, values: Array) -> None:
    remove_frame(axes)
    axes.set_title(shown(name), loc="left", fontsize=10, color=INK, pad=3)
    axes.set_axisbelow(True)
    flat = np.asarray(values, float).ravel()
    finite = flat[np.isfinite(flat)]
    zeros = float(np.mean(finite == 0)) if len(finite) else 0.0
    drawn = finite[finite != 0] if zeros > MANY_ZEROS else finite
    if len(drawn):
        counts, edges = np.histogram(drawn, bins=60)
        axes.stairs(100 * counts / len(finite), edges, fill=True, color=TRAIN)
    else:
        axes.set_yticks([])
    axes.annotate(
        "\n".join(_statistics(values, finite, zeros)),
        (1.01, 1.0),
        xycoords="axes fraction",
        va="top",
        fontsize=8.5,
        color=INK,
    )


def _statistics(values: Array, finite: Array, zeros: float) -> list[str]:
    if not len(finite):
        return ["no finite number"]
    lines = [f"mean {number(finite.mean())}, sd {number(finite.std())}"]
    if zeros > MANY_ZEROS:
        lines.append(f"{100 * zeros:.0f} % zero")
    units = np.asarray(values).reshape(len(values), -1)
    constant = int((units == units[:1]).all(axis=0).sum()) if len(values) > 1 else 0
    if constant:
        lines.append(f"{constant} of {units.shape[1]} units constant")
    if len(finite) < values.size:
        lines.append(f"{values.size - len(finite)} not finite")
    return lines
