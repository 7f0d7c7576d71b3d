"""The figures of series: forecasts against the truth, and errors by steps ahead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.domains.series.data.coder import SeriesCoder
from chainrule.domains.series.data.windows import Windows
from chainrule.graph import Array
from chainrule.train.data.table import Column
from chainrule.train.figures.axes_style import FAINT, INK, TRAIN, VALIDATION, canvas, drawn, legend
from chainrule.train.figures.gradients_by_epoch import gradient_flow
from chainrule.train.figures.gradients_by_layer import gradient_norms
from chainrule.train.figures.loss import loss_curve
from chainrule.train.loop.history import EpochRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["errors_by_step", "forecast_figure", "series_figures", "truth_figure"]

MOST_SHOWN = 120
"""The most steps of a series that are drawn."""

OTHERS = {
    "last value": ("#999999", (0, (1, 1.5))),
    "seasonal": ("#009E73", (0, (5, 2))),
    "drift": ("#CC79A7", (0, (3, 1, 1, 1))),
    "linear": ("#E69F00", (0, (4, 2))),
}
"""The colour and the dashes of each simple model."""


def series_figures(
    history: Sequence[EpochRecord],
    windows: Windows,
    coder: SeriesCoder,
    part: str,
    forecast: Array,
    others: Mapping[str, Array],
    time: Column | None,
) -> Iterator[tuple[str, Figure]]:
    """The figures of a run of one epoch or more, each with the name of its file."""
    yield "loss", loss_curve(history, unit="mean squared error, scaled")
    if history[-1].gradient_norms:
        yield "gradients", gradient_norms(history[-1].gradient_norms)
        yield "gradient-flow", gradient_flow(history)
    yield "forecast", truth_figure(windows, coder, part, forecast, others, time)
    if windows.horizon > 1:
        yield "error-by-step", errors_by_step(windows, coder, part, forecast, others)


@drawn
def truth_figure(
    windows: Windows,
    coder: SeriesCoder,
    part: str,
    forecast: Array,
    others: Mapping[str, Array],
    time: Column | None = None,
) -> Figure:
    """The farthest step ahead of the first series of a part, its truth, and simple forecasts."""
    ends = windows.ends(part)
    number = next(i for i, one in enumerate(ends) if len(one))
    count, shown = len(ends[number]), slice(max(0, len(ends[number]) - MOST_SHOWN), None)
    one, step = windows.series[number], windows.horizon
    rows = ends[number][shown] + step
    name = f" of {one.name}" if one.name else ""
    ahead = "one step" if step == 1 else f"{step} steps"
    figure, axes = canvas(8.5, 4.4, f"{coder.target}{name}, forecast {ahead} ahead: {part} part")
    x = _axis(axes, rows, one.times, time)
    start = sum(map(len, ends[:number]))
    own = slice(start, start + count)
    # one baseline of each kind would hide the rest where they are far off
    for label, values in others.items():
        if label != "drift":
            colour, dashes = OTHERS[label]
            axes.plot(x, values[own][shown][:, -1], color=colour, ls=dashes, lw=1.2, label=label)
    axes.plot(x, one.target[rows], color=INK, lw=1.6, label="truth")
    axes.plot(x, forecast[own][shown][:, -1], color=TRAIN, lw=1.8, label="network")
    axes.set_ylabel(coder.target, color=INK)
    axes.grid(axis="y", color=FAINT, lw=0.8)
    _legend_below(figure, axes)
    return figure


@drawn
def errors_by_step(
    windows: Windows,
    coder: SeriesCoder,
    part: str,
    forecast: Array,
    others: Mapping[str, Array],
) -> Figure:
    """The root mean squared error of the network and of simple models by steps ahead."""
    from matplotlib.ticker import MaxNLocator

    truth, units = windows.truth(part), windows.units(coder, part)
    steps = np.arange(1, windows.horizon + 1)
    figure, axes = canvas(7.0, 4.2, f"Error by steps ahead: {part} part")
    marker = "o" if len(steps) < 13 else None

    def draw(name: str, values: Array, **style: Any) -> None:
        error = np.sqrt(np.mean(((values - truth) / units) ** 2, axis=0))
        axes.plot(steps, error, label=name, marker=marker, ms=4, **style)

    for name, values in others.items():
        colour, dashes = OTHERS[name]
        draw(name, values, color=colour, ls=dashes, lw=1.4)
    draw("network", forecast, color=TRAIN, lw=2.0)
    axes.set_xlabel("steps ahead")
    axes.set_ylabel("RMSE" + " (standard deviations)" * (len(coder.names) > 1))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylim(bottom=0)
    axes.grid(axis="y", color=FAINT, lw=0.8)
    _legend_below(figure, axes)
    return figure


@drawn
def forecast_figure(
    name: str,
    past: tuple[Array, Array],
    ahead: tuple[Array, Array],
    spread: tuple[Array, Array] | None,
    trained: int,
    time: Column | None,
) -> Figure:
    """The end of a series and its forecast: positions or times, and values, of both.

    `spread` is the lower and the upper end of the band; from step `trained` on, the forecast goes
    on from itself, and is dashed.
    """
    figure, axes = canvas(8.5, 4.4, f"Forecast of {name}")
    x = _axis(axes, np.concatenate([past[0], ahead[0]]), None, time)
    before, after = x[: len(past[0])], x[len(past[0]) :]
    axes.plot(before, past[1], color=INK, lw=1.6, label="so far")
    if spread is not None:
        axes.fill_between(after, *spread, color=TRAIN, alpha=0.18, lw=0, label="low to high")
    joined = np.concatenate([before[-1:], after]), np.concatenate([past[1][-1:], ahead[1]])
    marker = "o" if len(after) < 13 else None
    style: dict[str, Any] = {"color": TRAIN, "lw": 1.8, "marker": marker, "ms": 4}
    axes.plot(
        *(one[: trained + 1] for one in joined), markevery=slice(1, None), **style, label="forecast"
    )
    if len(after) > trained:
        style["color"] = VALIDATION
        rest = (one[trained:] for one in joined)
        axes.plot(*rest, ls=(0, (4, 2)), markevery=slice(1, None), **style, label="iterated")
    axes.grid(axis="y", color=FAINT, lw=0.8)
    axes.set_ylabel(name)
    _legend_below(figure, axes)
    return figure


def _axis(axes: Axes, rows: Array, times: Array | None, time: Column | None) -> Any:
    """Where rows are drawn: at their dates, their times, or their numbers."""
    values = rows if times is None else times[rows]
    if time is None:
        axes.set_xlabel("row" if times is None else "time")
        return values
    axes.set_xlabel(time.name)
    if time.kind != "date":
        return values
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    return (np.asarray(values) * 86_400e3).round().astype("datetime64[ms]")


def _legend_below(figure: Figure, axes: Axes) -> None:
    handles, names = axes.get_legend_handles_labels()
    legend(figure, handles, names, loc="outside lower center", ncols=6, frameon=False)
