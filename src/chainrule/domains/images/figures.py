"""The figures of a run on images: the images it gets most wrong, and its first filters."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.domains.classes import class_figures
from chainrule.domains.images.coder import ImageCoder
from chainrule.graph import Array
from chainrule.nn import Layer
from chainrule.train.evaluation.class_scores import log_softmax
from chainrule.train.evaluation.evaluation import shown_part
from chainrule.train.figures.axes_style import INK, drawn, shown
from chainrule.train.runs.domain import CurrentRun

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["filters", "image_figures", "most_wrong"]

SHOWN, COLUMNS = 20, 5
"""How many images the sheet of mistakes has, and how many in a row."""

FILTERS = 64
"""The most filters that are drawn."""


def image_figures(
    run: CurrentRun, coder: ImageCoder, predict: Callable[[Any], Any]
) -> Iterator[tuple[str, Figure]]:
    """The figures of a run of one epoch or more, each with the name of its file."""
    yield from class_figures(run, predict, "image")
    part, held_out = shown_part(run.material.dataset)
    logs = log_softmax(predict(held_out.x))
    names = run.material.kept[("training", "validation", "test").index(part)]
    yield "mistakes", most_wrong(coder, held_out.x, held_out.y, logs, names, part)
    yield "filters", filters(first_weights(run.session.model))


def first_weights(model: Layer) -> Array:
    """The weights `(H, C, K, L)` of the first convolution."""
    return next(one.value for one in model.parameters().values() if one.ndim == 4)


@drawn
def most_wrong(
    coder: ImageCoder, x: Array, y: Array, logs: Array, names: Sequence[str], part: str = "test"
) -> Figure:
    """The images with the largest losses, with their true classes and what they were taken for.

    `x` are inputs `(n, C, H, W)`, `y` classes `(n,)`, `logs` log probabilities `(n, K)`.
    """
    from matplotlib.figure import Figure

    losses = -logs[np.arange(len(y)), y]
    worst: list[int] = np.argsort(-losses, kind="stable")[:SHOWN].tolist()
    wrong = int((logs.argmax(axis=1) != y).sum())
    rows = math.ceil(len(worst) / COLUMNS)
    figure = Figure(figsize=(8.4, 0.7 + 2.05 * rows), layout="constrained", facecolor="white")
    title = f"The {part} images with the largest losses: {wrong:,} of {len(y):,} are mistaken"
    figure.suptitle(title, x=0.01, ha="left", fontsize=12, color=INK)
    grid: Any = figure.subplots(rows, COLUMNS, squeeze=False)
    for axes in grid.ravel():
        axes.set_axis_off()
    for axes, i in zip(grid.ravel(), worst, strict=False):
        _draw(axes, coder.decode(x[i].astype(np.float64)))
        true, taken = coder.classes[y[i]], coder.classes[logs[i].argmax()]
        right = true == taken
        probability = f"p({shown(true)[:14]}) = {np.exp(logs[i, y[i]]):.2g}"
        words = f"{shown(true)[:14]}, found" if right else f"{_short(true)} → {_short(taken)}"
        axes.set_title(
            f"{words}\n{probability}", fontsize=9, color=INK if right else "#B03A00", pad=3
        )
        axes.text(
            0.5,
            -0.03,
            _short(names[i], 22),
            transform=axes.transAxes,
            ha="center",
            va="top",
            fontsize=7,
            color="#777777",
        )
    return figure


@drawn
def filters(weights: Array) -> Figure:
    """The filters `(H, C, K, L)` of the first convolution, in colours if there are three."""
    from matplotlib.figure import Figure

    some = weights[:FILTERS]
    columns = min(8, len(some))
    rows = math.ceil(len(some) / columns)
    figure = Figure(
        figsize=(max(0.9 * columns, 5.6), 0.7 + 0.9 * rows), layout="constrained", facecolor="white"
    )
    reach = float(np.abs(some).max()) or 1.0
    grey = some.shape[1] != 3
    how = "red positive, blue negative" if grey else "grey is 0"
    title = f"First filters: {len(weights)} of {some.shape[2]} × {some.shape[3]} ({how})"
    figure.suptitle(title, x=0.01, ha="left", fontsize=12, color=INK)
    grid: Any = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.ravel():
        axes.set_axis_off()
    for axes, one in zip(grid.ravel(), some, strict=False):
        if grey:
            axes.imshow(one[0], cmap="RdBu_r", vmin=-reach, vmax=reach, interpolation="nearest")
        else:
            axes.imshow(0.5 + 0.5 * one.transpose(1, 2, 0) / reach, interpolation="nearest")
    return figure


def _draw(axes: Axes, image: Array) -> None:
    """An image `(C, H, W)` with values from 0 to 1."""
    inside = np.clip(image, 0.0, 1.0)
    if len(inside) == 1:
        axes.imshow(inside[0], cmap="gray", vmin=0.0, vmax=1.0, interpolation="nearest")
    else:
        axes.imshow(inside.transpose(1, 2, 0), interpolation="nearest")


def _short(name: str, most: int = 10) -> str:
    text = shown(name)
    return text if len(text) <= most else f"…{text[1 - most :]}"
