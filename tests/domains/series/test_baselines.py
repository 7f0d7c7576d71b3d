"""Simple forecasts agree with loops, and the linear model with the normal equations."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.domains.series.baselines import PENALTIES, LinearModel, baselines, find_season
from chainrule.domains.series.data.coder import SeriesCoder
from chainrule.domains.series.data.windows import Windows, divide
from chainrule.train.data.dataset import Dataset, Part
from chainrule.train.data.encoded_answers import unscaled
from chainrule.train.data.encoding.encoder import Encoder
from domains.series.cases import seasonal, walk
from domains.series.data.test_windows import some_series


def test_as_by_loops() -> None:
    data = some_series([40, 45])
    cuts = divide(data, 5, 4, 0.1, 0.3)
    coder = SeriesCoder.fit(data, [stop for stop, _ in cuts], 4, 3)
    windows = Windows(data.series, cuts, 5, 4)
    found, row = baselines(windows, "test", coder), 0
    for one, ends in zip(data.series, windows.ends("test"), strict=True):
        y = one.target
        for end in ends:
            for h in range(1, 5):
                back = end + h
                while back > end:
                    back -= 3
                slope = (y[end] - y[0]) / end
                assert found["last value"][row, h - 1] == y[end]
                assert found["seasonal"][row, h - 1] == y[back]
                assert found["drift"][row, h - 1] == pytest.approx(y[end] + h * slope)
            row += 1
    assert row == len(found["drift"])


def test_linear_model_solves_the_normal_equations() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(60, 3, 2))
    y = x.reshape(60, 6) @ rng.normal(size=(6, 2)) + rng.normal(size=(60, 2))
    train, *held_out = (Part(x[a:b], y[a:b]) for a, b in ((0, 30), (30, 45), (45, 60)))
    encoder = Encoder((), unscaled(2))
    model = LinearModel.fit(Dataset("d", train, held_out[0], held_out[1], encoder, str))
    assert model is not None
    rows = x[:30].reshape(30, 6)
    centred, offset = rows - rows.mean(0), y[:30].mean(0)
    errors, each = [], []
    for penalty in PENALTIES:
        left = centred.T @ centred + penalty * np.eye(6)
        weight = np.linalg.solve(left, centred.T @ (y[:30] - offset))
        each.append(lambda one, w=weight: (one.reshape(-1, 6) - rows.mean(0)) @ w + offset)
        errors.append(np.mean((each[-1](x[30:45]) - y[30:45]) ** 2))
    np.testing.assert_allclose(model(x), each[int(np.argmin(errors))](x), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("season", [4, 7, 12, 30])
def test_season(season: int) -> None:
    t = np.arange(300)
    noise = np.random.default_rng(season).normal(0, 0.3, 300)
    assert find_season([0.05 * t + np.sin(2 * np.pi * t / season) + noise]) == season


def test_no_season() -> None:
    assert find_season([np.random.default_rng(0).normal(size=300)]) == 1
    assert find_season([np.ones(50)]) == find_season([np.arange(50.0)]) == 1
    assert find_season([np.arange(3.0)]) == 1
    assert find_season([seasonal()[:280]]) == 12
    assert 1 <= find_season([walk()]) <= 200
