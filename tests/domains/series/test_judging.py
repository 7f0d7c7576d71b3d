"""Reports on forecasts: skill, and whether they repeat the last value."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.domains.series.baselines import baselines
from chainrule.domains.series.data.coder import SeriesCoder
from chainrule.domains.series.data.series_data import Series, SeriesData
from chainrule.domains.series.data.spacing import Spacing
from chainrule.domains.series.data.windows import Windows, divide
from chainrule.domains.series.judging import judge_forecasts, mean_over_error
from domains.series.cases import seasonal, walk


def cut(values: np.ndarray) -> tuple[Windows, SeriesCoder]:
    nothing = np.zeros((len(values), 0))
    series = (Series("", values, nothing, nothing, None, Spacing(1.0)),)
    cuts = divide(SeriesData("data", series, "y", (), (), None), 12, 3, 0.1, 0.3)
    coder = SeriesCoder.fit(SeriesData("d", series, "y", (), (), None), [cuts[0][0]], 3, 12)
    return Windows(series, cuts, 12, 3), coder


def test_skill_is_that_of_the_definition() -> None:
    windows, coder = cut(seasonal())
    truth = windows.truth("test")
    forecast = truth + np.random.default_rng(0).normal(0, 0.3, truth.shape)
    others = baselines(windows, "test", coder)
    entries = judge_forecasts(windows, coder, "test", forecast, others).to_dict()
    for name, one in entries["baselines"].items():
        squares = ((forecast - truth) ** 2).sum() / ((others[name] - truth) ** 2).sum()
        assert one["skill"] == pytest.approx(1 - squares)
        sizes = np.abs(forecast - truth).sum() / np.abs(others[name] - truth).sum()
        assert one["skill_mae"] == pytest.approx(1 - sizes)
    errors = [np.sqrt(np.mean((forecast[:, h] - truth[:, h]) ** 2)) for h in range(3)]
    assert entries["rmse_by_step"] == pytest.approx(errors)
    changes = (forecast - windows.last("test")).ravel(), (truth - windows.last("test")).ravel()
    assert entries["correlation_of_changes"] == pytest.approx(np.corrcoef(*changes)[0, 1])
    assert not entries["repeats_last_value"]


@pytest.mark.parametrize("seed", range(5))
def test_the_last_value_of_a_walk_repeats_yesterday(seed: int) -> None:
    windows, coder = cut(walk(seed=seed))
    others = baselines(windows, "test", coder)
    noise = np.random.default_rng(seed).normal(0, 0.1, others["last value"].shape)
    judged = judge_forecasts(windows, coder, "test", others["last value"] + noise, others)
    assert judged.to_dict()["repeats_last_value"]
    assert any("repeats yesterday" in note for note in judged.notes)
    assert any("not by levels, as of prices" in note for note in judged.notes)


def test_without_any_change() -> None:
    windows, coder = cut(np.full(100, 3.0))
    judged = judge_forecasts(
        windows, coder, "test", windows.truth("test"), baselines(windows, "test", coder)
    )
    entries = judged.to_dict()
    assert entries["baselines"]["drift"]["skill"] is None
    assert entries["correlation_of_changes"] is None


def test_standard_error_of_overlapping_gains() -> None:
    gains, count = np.random.default_rng(0).normal(1, 2, 50), 50
    centred = gains - gains.mean()
    variance = sum(
        (1 - abs(i - j) / 4) * centred[i] * centred[j]
        for i in range(count)
        for j in range(count)
        if abs(i - j) < 4
    )
    expected = gains.mean() / np.sqrt(variance / count**2)
    assert mean_over_error(gains, 4) == pytest.approx(expected)
