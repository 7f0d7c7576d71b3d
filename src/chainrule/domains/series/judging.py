"""How good forecasts are on held-out windows, beside simple models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.domains.judged import Judged, ReportTable
from chainrule.domains.series.data.coder import SeriesCoder
from chainrule.domains.series.data.windows import Windows
from chainrule.graph import Array

__all__ = ["correlation", "judge_forecasts", "skill"]

LITTLE_SKILL, LITTLE_CORRELATION = 0.05, 0.2
"""Below both, a forecast does not know more than the last value."""

DOUBTFUL_SKILL, CERTAIN = 0.1, 3.0
"""Nor does it below the first, where its gain is within so many standard errors."""

LEVEL = 0.02
"""The skill within which two models are level."""


def skill(error: float, other: float) -> float | None:
    """1 − error / other: 1 is perfect, 0 no better than the other; None where that has no error.

    >>> skill(1.0, 4.0)
    0.75
    """
    return 1.0 - error / other if other > 0 else None


def correlation(a: Array, b: Array) -> float | None:
    """The correlation of all entries; None where one of both does not vary."""
    a, b = a.ravel() - a.mean(), b.ravel() - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0 else None


def judge_forecasts(
    windows: Windows,
    coder: SeriesCoder,
    part: str,
    forecast: Array,
    others: Mapping[str, Array],
) -> Judged:
    """The errors of a forecast (n, horizon) and of simple models, and what they mean."""
    truth, last, units = windows.truth(part), windows.last(part), windows.units(coder, part)
    errors = {name: (f - truth) / units for name, f in {"network": forecast, **others}.items()}
    squared = {name: float(np.mean(e**2)) for name, e in errors.items()}
    absolute = {name: float(np.mean(np.abs(e))) for name, e in errors.items()}
    moved = correlation((forecast - last) / units, (truth - last) / units)
    rows = list[tuple[str, ...]]()
    for name in errors:
        one = skill(squared["network"], squared[name]), skill(absolute["network"], absolute[name])
        against = ("", "") if name == "network" else tuple(_percent(value) for value in one)
        label = f"seasonal ({coder.season} steps)" if name == "seasonal" else name
        rows.append((label, _number(squared[name] ** 0.5), _number(absolute[name]), *against))
    ahead = "1 step" if windows.horizon == 1 else f"{windows.horizon} steps"
    title = f"Forecasts of {ahead} from {len(truth):,} windows of the {part} part"
    table = ReportTable(title, ("", "RMSE", "MAE", "skill (MSE)", "skill (MAE)"), rows, left=("",))
    gain = (errors["last value"] ** 2 - errors["network"] ** 2).mean(axis=1)
    certainty = mean_over_error(gain, windows.horizon)
    gained = skill(squared["network"], squared["last value"]) or 0.0
    repeats = (gained < LITTLE_SKILL and (moved or 0.0) < LITTLE_CORRELATION) or (
        gained < DOUBTFUL_SKILL and certainty < CERTAIN
    )
    several = "Errors are in standard deviations of each series." if len(coder.names) > 1 else ""
    notes = tuple(_notes(squared, moved, repeats, forecast, truth, last, units))
    notes = (several, *notes) if several else notes
    entries = {
        "part": part,
        "windows": len(truth),
        "horizon": windows.horizon,
        "season": coder.season,
        "rmse": squared["network"] ** 0.5,
        "mae": absolute["network"],
        "baselines": {
            name: {
                "rmse": squared[name] ** 0.5,
                "mae": absolute[name],
                "skill": skill(squared["network"], squared[name]),
                "skill_mae": skill(absolute["network"], absolute[name]),
            }
            for name in others
        },
        "rmse_by_step": np.sqrt(np.mean(errors["network"] ** 2, axis=0)).tolist(),
        "correlation_of_changes": moved,
        "repeats_last_value": repeats,
    }
    return Judged((table,), notes, entries)


def mean_over_error(gains: Array, horizon: int) -> float:
    """The mean of gains (n,), one after the other in time, in its standard errors.

    Windows overlap, so that gains up to a horizon apart are correlated; their variance is that of
    Diebold and Mariano, "Comparing Predictive Accuracy", 1995, with Bartlett's weights.

    >>> mean_over_error(np.array([1.0, 3.0, 1.0, 3.0]), 1)
    4.0
    """
    count, centred = len(gains), gains - gains.mean()
    variance = float(centred @ centred) / count
    for lag in range(1, min(horizon, count)):
        weight = 1.0 - lag / horizon
        variance += 2.0 * weight * float(centred[lag:] @ centred[:-lag]) / count
    error = np.sqrt(max(variance, 0.0) / count)
    return float(gains.mean() / error) if error > 0 else float(np.sign(gains.mean())) * np.inf


def _notes(
    squared: Mapping[str, float],
    moved: float | None,
    repeats: bool,
    forecast: Array,
    truth: Array,
    last: Array,
    units: Array,
) -> list[str]:
    notes = ["Skill is 1 − error / error of that model: 1 is perfect, below 0 is worse than it."]
    if repeats:
        near = float(np.mean(np.abs((forecast - last) / units)))
        far = float(np.mean(np.abs((truth - last) / units)))
        r2, repeated = _fit(forecast, truth), _fit(np.broadcast_to(last, truth.shape), truth)
        notes.append(
            "This forecast is hardly better than the last value: it repeats yesterday. Its changes "
            f"correlate by {moved or 0.0:.2f} with the true ones, and are "
            f"{near / far if far else 0.0:.0%} as large."
        )
        if r2 is not None and repeated is not None and r2 > 0.5:
            notes.append(
                f"That its values fit well (R² {r2:.2f}) says little: so does the last value (R² "
                f"{repeated:.2f}). Judge it by changes, as of returns, not by levels, as of prices."
            )
    best = min((name for name in squared if name != "network"), key=lambda name: squared[name])
    gained = skill(squared["network"], squared[best])
    if gained is None or gained < -LEVEL:
        notes.append(f"The network does not beat the simple model '{best}': use that one.")
    elif gained <= LEVEL:
        notes.append(f"The network is level with the simple model '{best}'.")
    return notes


def _fit(forecast: Array, truth: Array) -> float | None:
    """R² of the values."""
    total = float(np.sum((truth - truth.mean()) ** 2))
    return 1.0 - float(np.sum((truth - forecast) ** 2)) / total if total > 0 else None


def _number(value: Any) -> str:
    return f"{value:.4g}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:+.1%}"
