"""The decision boundary, or the surface, of a network with two inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import ShapeError
from chainrule.graph import Array
from chainrule.train.figures.axes_style import (
    INK,
    MARKERS,
    canvas,
    drawn,
    legend,
    number_ticks,
    shades,
    shown,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["decision_boundary"]

GRID = 200
"""Points along each axis at which the network is evaluated."""

MOST_ROWS = 600
"""Of more training rows than this, only this many are drawn, evenly spread."""


@drawn
def decision_boundary(
    predict: Callable[[Array], Array],
    x: Array,
    y: Array,
    *,
    names: Sequence[str] = ("x1", "x2"),
    classes: Sequence[str] = (),
    target: str = "y",
    title: str = "What the network answers for each pair of inputs",
) -> Figure:
    """Predictions over the plane of two inputs, with the rows `x` `(n, 2)` and their targets `y`.

    predict  from rows `(m, 2)` in the units of `x` to class indices `(m,)`, or to numbers `(m,)`
    classes  the names of the classes; without any, `y` are numbers, drawn as heights

    Raises ShapeError for rows that are not two numbers each.

    >>> x = np.array([[0.0, 0.0], [1.0, 1.0]])
    >>> figure = decision_boundary(
    ...     lambda rows: (rows.sum(1) > 1).astype(int), x, np.array([0, 1]), classes=("no", "yes")
    ... )
    >>> figure.axes[0].get_xlabel(), [t.get_text() for t in figure.axes[0].get_legend().get_texts()]
    ('x1', ['no', 'yes'])
    """
    if x.ndim != 2 or x.shape[1] != 2:
        raise ShapeError("decision boundary", expected="rows of 2 inputs", got=f"shape {x.shape}")
    low, high = x.min(axis=0), x.max(axis=0)
    margin = np.where(high > low, 0.08 * (high - low), 0.5)
    across, up = (np.linspace(low[i] - margin[i], high[i] + margin[i], GRID) for i in (0, 1))
    plane = np.stack(np.meshgrid(across, up), axis=-1)
    predicted = predict(plane.reshape(-1, 2)).reshape(GRID, GRID)
    drawn = np.linspace(0, len(x) - 1, min(len(x), MOST_ROWS)).round().astype(int)
    figure, axes = canvas(6.6, 5.4, title)
    if len(classes):
        _draw_classes(axes, across, up, predicted, x[drawn], y[drawn], classes)
    else:
        _draw_surface(figure, axes, across, up, predicted, x[drawn], y[drawn], target)
    axes.set_xlabel(shown(names[0]))
    axes.set_ylabel(shown(names[1]))
    return figure


def _draw_classes(
    axes: Axes,
    across: Array,
    up: Array,
    predicted: Array,
    x: Array,
    y: Array,
    classes: Sequence[str],
) -> None:
    colors = shades(len(classes))
    edges = np.arange(len(classes) + 1) - 0.5
    axes.contourf(across, up, predicted, levels=edges, colors=colors, alpha=0.3)
    if predicted.min() < predicted.max():
        axes.contour(across, up, predicted, levels=edges[1:-1], colors=INK, linewidths=1.2)
    handles = []
    for label, color in enumerate(colors):
        rows = x[y == label]
        handles += axes.plot(
            *rows.T,
            ls="none",
            marker=MARKERS[label % len(MARKERS)],
            ms=6,
            color=color,
            mec="white",
            mew=0.7,
        )
    place: dict[str, Any] = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5)}
    legend(axes, handles, classes, title="class of the row", frameon=False, **place)


def _draw_surface(
    figure: Figure,
    axes: Axes,
    across: Array,
    up: Array,
    predicted: Array,
    x: Array,
    y: Array,
    target: str,
) -> None:
    from matplotlib.colors import Normalize
    from matplotlib.ticker import MaxNLocator

    low, high = min(predicted.min(), y.min()), max(predicted.max(), y.max())
    levels = MaxNLocator(14).tick_values(low, high if high > low else low + 1)
    norm = Normalize(levels[0], levels[-1])
    filled = axes.contourf(across, up, predicted, levels=levels, norm=norm, cmap="cividis")
    axes.scatter(*x.T, c=y, norm=norm, cmap="cividis", s=28, edgecolors="white", linewidths=0.7)
    bar = figure.colorbar(filled, ax=axes)
    number_ticks(bar.ax)
    bar.set_label(f"{shown(target)}: surface predicted, points as measured", color=INK)
