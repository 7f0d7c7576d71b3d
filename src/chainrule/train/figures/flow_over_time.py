"""The gradient on its way back in time: its norm by lag, and what each step multiplies it by."""

from __future__ import annotations

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
    plain_ticks,
    power_of_ten,
    remove_frame,
    shown,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from chainrule.explain.flow.over_time.parts import TimeFlow

__all__ = ["over_time"]

CARRIED = "#999999"


@drawn
def over_time(flow: Flow, *, title: str | None = None) -> Figure:
    """The norm of the gradient by lag (above), and the factors of each step back (below).

    Both scales are logarithmic; each recurrence has a column.  Where a step passes something on
    without weights, as an LSTM does along its cell, the norm of what came all the way so is drawn
    too.  Raises `DataError` for a flow that is not one over time.

    >>> import numpy as np, chainrule as cr
    >>> u = cr.variable(0.5, "u")
    >>> last, _ = cr.scan(lambda h, x: (cr.tanh(u * h + x),) * 2, 0.0, np.ones(5))
    >>> over_time(cr.flow(last, over_time=True)).axes[0].get_yscale()
    'log'
    """
    if not flow.recurrences:
        raise DataError(
            "over_time", expected="a flow over time", got="one by layer", remedy="over_time=True"
        )
    from matplotlib.figure import Figure

    columns = len(flow.recurrences)
    figure = Figure(figsize=(7.0 * columns, 6.4), layout="constrained", facecolor="white")
    axes = figure.subplots(2, columns, sharex="col", squeeze=False, height_ratios=(3, 2))
    heading = title or f"How the gradient of {flow.output} shrinks and grows back in time"
    figure.suptitle(shown(heading), x=0.02, ha="left", fontsize=12, color=INK)
    for i, recurrence in enumerate(flow.recurrences):
        _draw_norms(axes[0, i], recurrence, flow.output)
        _draw_factors(axes[1, i], recurrence)
    return figure


def _draw_norms(axes: Axes, flow: TimeFlow, output: str) -> None:
    _style(axes, f"‖∂{shown(output)} / ∂state‖₂ (logarithmic)")
    _curve(axes, [lag.norm for lag in flow.lags], " and ".join(flow.states), TRAIN, "-")
    if any(lag.carried for lag in flow.lags[1:]):
        carried = [lag.carried for lag in flow.lags]
        _curve(axes, carried, "came without weights", CARRIED, "--")
    axes.legend(frameon=False, labelcolor=INK, fontsize=9)


def _draw_factors(axes: Axes, flow: TimeFlow) -> None:
    _style(axes, "factor of a step (logarithmic)")
    for of, name, color, line in (
        ("activation", "slopes", TRAIN, "-"),
        ("weights", "weights " + ", ".join(flow.by), VALIDATION, "-."),
        ("direct", "without weights", CARRIED, "--"),
    ):
        factors = [getattr(lag, of) for lag in flow.lags]
        if any(factors):
            _curve(axes, [factor or 0.0 for factor in factors], name, color, line)
    plain_ticks(axes, "y")
    axes.axhline(1, color=INK, lw=0.8)
    axes.set_xlabel("lag: steps back from the last")
    axes.locator_params(axis="x", integer=True)
    axes.legend(frameon=False, labelcolor=INK, fontsize=9)


def _curve(axes: Axes, values: Sequence[float], name: str, color: str, line: str) -> None:
    """A curve by lag; it ends where a norm is 0."""
    known = np.array([value if 1e-300 < value < 1e300 else np.nan for value in values])
    marker = "o" if len(values) <= 60 else ""
    axes.plot(range(len(known)), known, line, color=color, marker=marker, ms=4, label=shown(name))


def _style(axes: Axes, label: str) -> None:
    remove_frame(axes)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(power_of_ten)
    axes.yaxis.set_minor_formatter(lambda value, _: "")
    axes.set_ylabel(label)
    axes.grid(axis="y", color=FAINT, lw=0.8)
    axes.set_axisbelow(True)
