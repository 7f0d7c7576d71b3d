"""Forecasts with a trained network: of what follows a table, with the spread of past errors."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np

from chainrule.domains.series.data.coder import SeriesCoder
from chainrule.domains.series.data.series_data import Series, series_of
from chainrule.domains.series.figures import forecast_figure
from chainrule.domains.series.options import LONGEST, SeriesOptions
from chainrule.domains.trained import Predicted, Trained
from chainrule.errors import ChainruleError, DataError, OptionError
from chainrule.graph import Array
from chainrule.nn import Layer
from chainrule.train.data.table import Column, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Residuals", "forecast_series", "predict_table"]

SHARE = 0.9
"""The share of the errors that low and high enclose."""

MOST_FIGURES = 8
"""The most series of which a picture is drawn."""

SHOWN = 3
"""How many horizons of the past a picture shows at least."""


@final
@dataclass(frozen=True, eq=False)
class Residuals:
    """Low and high errors (H,) of held-out forecasts, scaled as the changes are, and their part."""

    low: Array
    high: Array
    part: str

    @classmethod
    def of(cls, errors: Array, part: str) -> Residuals:
        """Those of errors (n, H), truth − forecast."""
        edge = (1 - SHARE) / 2
        low, high = np.quantile(errors, (edge, 1 - edge), axis=0)
        return cls(low, high, part)

    def ahead(self, steps: int) -> tuple[Array, Array]:
        """Those of so many steps; beyond the trained ones they grow as the root of the steps do."""
        count = np.arange(1, steps + 1)
        known = np.minimum(count, len(self.low)) - 1
        growth = np.sqrt(np.maximum(count / len(self.low), 1.0))
        return self.low[known] * growth, self.high[known] * growth


def predict_table(
    trained: Trained[SeriesOptions, SeriesCoder],
    table: Table,
    where: str,
    horizon: int | None,
    residuals: Callable[[], Residuals],
) -> Predicted:
    """What follows each series of a table: columns, sentences and pictures.

    Raises OptionError for a horizon out of range, and DataError for a table without what is needed.
    """
    options, coder = trained.options, trained.coder
    steps = options.horizon if horizon is None else horizon
    if type(steps) is not int or not 1 <= steps <= LONGEST:
        raise OptionError("horizon", expected=f"steps from 1 to {LONGEST}", got=repr(horizon))
    wanted = dataclasses.replace(options, inputs=coder.inputs, known=coder.known)
    data = series_of(table, where, wanted, ahead=True)
    latest = {one.name: one for one in data.series}  # of a divided series the last piece
    notes, spread = list(data.notes), None
    try:
        spread = residuals()
    except ChainruleError as error:
        notes.append(f"Low and high are left out, since the data of the run have gone: {error}")
    columns: dict[str, list[Any]] = {
        **({} if options.series is None else {options.series: []}),
        data.time.name if data.time is not None else "step": [],
        "forecast": [],
        **({} if spread is None else {"low": [], "high": []}),
        "iterated": [],
    }
    figures: dict[str, Figure] = {}
    for name, one in latest.items():
        values = forecast_series(trained.network, coder, one, options, steps, where)
        band = None
        if spread is not None:
            change = coder.change[coder.index(name, where)]
            band = tuple(values + change * edge for edge in spread.ahead(steps))
        places = _places(one, steps)
        columns["forecast"] += values.tolist()
        columns["iterated"] += [step >= options.horizon for step in range(steps)]
        if options.series is not None:
            columns[options.series] += [name] * steps
        if data.time is None:
            columns["step"] += list(range(1, steps + 1))
        else:
            columns[data.time.name] += _texts(data.time, places)
        for key, edge in zip(("low", "high"), band or (), strict=False):
            columns[key] += edge.tolist()
        if len(figures) < MOST_FIGURES:
            key = "forecast" if not name else f"forecast-{len(figures) + 1}"
            figures[key] = _figure(one, coder, values, places, band, options, data.time)
    if spread is not None:
        notes.append(
            f"Low and high enclose {SHARE:.0%} of the errors on the {spread.part} part, by steps."
        )
    if steps > options.horizon:
        notes.append(
            f"Beyond step {options.horizon}, the network goes on from its own forecasts; low and "
            "high then grow as the root of the steps."
        )
        if coder.inputs:
            notes.append(f"There, {', '.join(coder.inputs)} stay at their last values.")
    return Predicted(columns, tuple(notes), figures)


def forecast_series(
    network: Layer,
    coder: SeriesCoder,
    series: Series,
    options: SeriesOptions,
    steps: int,
    where: str,
) -> Array:
    """The next values (steps,) of a series, from its last window.

    Beyond the horizon of the network, its forecasts are the window of the next ones; inputs stay at
    their last values.  Raises DataError for a series shorter than a window, and without the known
    columns ahead.
    """
    window, horizon = options.window, options.horizon
    about = f"{where}, series {series.name!r}" if series.name else where
    if len(series) < window:
        raise DataError(about, expected=f"{window} rows or more, the window", got=f"{len(series)}")
    count = len(series)
    if coder.known and len(series.known) < count + steps:
        raise DataError(
            about,
            expected=f"{steps} rows more than the last {coder.target!r}, with "
            f"{', '.join(coder.known)} in advance",
            got=f"{len(series.known) - count}",
            remedy=f"add rows without {coder.target!r}, or choose a smaller --horizon",
        )
    rounds = -(-steps // horizon)
    target, inputs = series.target[-window:], series.inputs[-window:]
    # the last round may ask for more of what is known than there is: it stays as it was
    lacking = max(0, count + rounds * horizon - len(series.known))
    known = np.pad(series.known[count - window :], ((0, lacking), (0, 0)), "edge")
    found = np.zeros(0)
    for _ in range(rounds):
        at = len(target)
        one = dataclasses.replace(series, target=target, inputs=inputs, known=known, times=None)
        ends = np.array([at - 1])
        x = coder.encode(one, ends, window, horizon, where, network.dtype)
        ahead = coder.decode(one, ends, network.predict(x))[0]
        found = np.concatenate([found, ahead])
        target = np.concatenate([target, ahead])
        inputs = np.concatenate([inputs, np.repeat(inputs[-1:], horizon, axis=0)])
    return found[:steps]


def _places(series: Series, steps: int) -> Array:
    """The times of the steps, or their row numbers."""
    if series.times is None:
        return len(series) + np.arange(steps)
    return series.spacing.after(float(series.times[-1]), steps)


def _texts(time: Column, places: Array) -> list[Any]:
    if time.kind == "date":
        return [time.text_of(float(one)) for one in places]
    return [int(one) if float(one).is_integer() else float(one) for one in places]


def _figure(
    series: Series,
    coder: SeriesCoder,
    values: Array,
    places: Array,
    band: Any,
    options: SeriesOptions,
    time: Column | None,
) -> Figure:
    count = min(len(series), max(options.window, SHOWN * len(values)))
    rows = np.arange(len(series)) if series.times is None else series.times
    name = f"{coder.target} of {series.name}" if series.name else coder.target
    past = rows[-count:], series.target[-count:]
    return forecast_figure(name, past, (places, values), band, options.horizon, time)
