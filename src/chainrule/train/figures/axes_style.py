"""The style that all figures share: colours, axes, ticks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "FAINT",
    "GRADIENT_NORM",
    "INK",
    "MARKERS",
    "TRAIN",
    "VALIDATION",
    "canvas",
    "epoch_axis",
    "plain_ticks",
    "remove_frame",
    "shades",
    "short_label",
]

# Blue and vermilion of Okabe and Ito, distinguishable in every common kind of colour blindness.
TRAIN, VALIDATION, INK, FAINT = "#0072B2", "#D55E00", "#333333", "#D9D9D9"

GRADIENT_NORM = "‖∂loss / ∂parameters‖₂"

MARKERS = "osD^vPX*"
"""Shapes of points, so that lines and classes do not differ in colour alone."""


def canvas(width: float, height: float, title: str) -> tuple[Figure, Axes]:
    """A figure of this size in inches, with one pair of axes under a title."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    axes = figure.add_subplot()
    axes.set_title(title, loc="left", fontsize=12, color=INK, pad=10)
    remove_frame(axes)
    return figure, axes


def remove_frame(axes: Axes) -> None:
    """Draw no frame at the top and the right, and grey lines at the left and the bottom."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color("#999999")
    axes.tick_params(colors=INK, labelsize=9)


def epoch_axis(axes: Axes, epochs: Sequence[int]) -> None:
    """Label the horizontal axis with whole epochs, and leave a margin around a single one."""
    from matplotlib.ticker import MaxNLocator

    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if len(epochs) == 1:
        axes.set_xlim(epochs[0] - 0.5, epochs[0] + 0.5)


def plain_ticks(axes: Axes, which: str) -> None:
    """Put ticks at 1, 2 and 5 of every decade, as plain numbers, if there are few decades."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis = axes.yaxis if which == "y" else axes.xaxis
    low, high = sorted(axis.get_view_interval())
    decades = math.log10(high / low)
    if decades < 3:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def shades(count: int) -> list[str]:
    """`count` colours from dark to light, which keep their order in grey.

    >>> shades(2)
    ['#00224e', '#d6c35d']
    """
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return [to_hex(colormaps["cividis"](0.85 * i / max(count - 1, 1))) for i in range(count)]


def short_label(names: Sequence[str]) -> str:
    """Names for a tick of an axis, cut to about 16 characters.

    >>> short_label(["z1", "a1"]), short_label(["encoder.layer.weight"])
    ('z1, a1', '…er.layer.weight')
    """
    joined = ", ".join(names)
    if len(joined) > 16:
        joined = f"{names[0]} …" if len(names) > 1 else f"…{joined[-15:]}"
    return joined
