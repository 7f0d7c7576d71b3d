"""Runs on series: trained, resumed bit for bit, forecasting, explained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.domains.series.data.coder import FARTHEST
from chainrule.domains.series.domain import DOMAIN
from chainrule.domains.series.options import SeriesOptions
from chainrule.domains.trained import Trained
from chainrule.errors import ChainruleError, DataError, OptionError
from chainrule.train.loop.callbacks import Callbacks
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.runs.training_run import TrainingRun
from domains.series.cases import dates, seasonal, trained, walk, write


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on a series with a season and noise."""
    folder = tmp_path_factory.mktemp("season")
    source = write(folder / "shop.csv", date=dates(360), sales=seasonal())
    return trained(source, folder / "run", target="sales", window=24, horizon=4).folder.path


def judged(path: Path) -> dict[str, Any]:
    with TrainingRun.resume(path, domain=DOMAIN) as run:
        return run.judgement().to_dict()


def test_a_season_is_learnt(season: Path) -> None:
    entries = judged(season)
    assert entries["part"] == "test"
    assert entries["season"] == 12
    skill = {name: one["skill"] for name, one in entries["baselines"].items()}
    assert skill["last value"] > 0.8
    assert skill["drift"] > 0.8
    assert skill["seasonal"] > 0.2
    assert skill["linear"] > -0.05
    assert not entries["repeats_last_value"]


def test_a_walk_is_not_foretold(tmp_path: Path) -> None:
    source = write(tmp_path / "walk.csv", close=walk())
    run = trained(source, tmp_path / "run", target="close", window=20, horizon=2)
    assert judged(run.folder.path)["repeats_last_value"]


def test_what_is_known_in_advance_matters(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    promotion = rng.integers(0, 2, 400)
    sales = 10 + 5 * promotion + rng.normal(0, 0.5, 400)
    source = write(tmp_path / "shop.csv", promotion=promotion, sales=sales)
    skills = []
    for known in ((), ("promotion",)):
        path = tmp_path / f"run{len(known)}"
        trained(source, path, target="sales", window=8, horizon=2, known=known)
        skills.append(judged(path)["baselines"]["last value"]["skill"])
    assert skills[1] > 0.95
    assert skills[0] < 0.7
    ahead = {"promotion": [*promotion, 1, 0, 1], "sales": [*sales, None, None, None]}
    found = cr.forecast(path, ahead, horizon=3).columns
    np.testing.assert_allclose(found["forecast"], [15, 10, 15], atol=1.2)
    with pytest.raises(DataError, match="expected 4 rows more than the last 'sales'"):
        cr.forecast(path, ahead, horizon=4)


def test_series_are_apart(tmp_path: Path) -> None:
    values = np.concatenate([seasonal(150), 1000 + 50 * seasonal(150, seed=1)])
    names = ["a"] * 150 + ["b"] * 150
    source = write(tmp_path / "two.csv", date=dates(150) * 2, shop=names, sales=values)
    given = {"target": "sales", "window": 14, "horizon": 2, "series": "shop"}
    path = trained(source, tmp_path / "run", **given).folder.path
    assert judged(path)["baselines"]["last value"]["skill"] > 0.5
    columns = cr.forecast(path, horizon=2).columns
    assert columns["shop"] == ["a", "a", "b", "b"]
    assert max(columns["forecast"][:2]) < 50
    assert min(columns["forecast"][2:]) > 1000
    frame = {"date": dates(20), "shop": ["c"] * 20, "sales": list(range(20))}
    with pytest.raises(DataError, match="expected series that were learnt: a, b, got 'c'"):
        cr.forecast(path, frame)


def test_forecasts_go_on_from_themselves(season: Path) -> None:
    network = Trained.read(season, DOMAIN).network
    trained_run = Trained.read(season, DOMAIN)
    coder, values = trained_run.coder, seasonal()
    expected: list[float] = []
    for _ in range(3):
        window = np.concatenate([values, expected])[-24:]
        level = (window[-1] - coder.level[0]) / coder.spread[0]
        level = min(max(level, -FARTHEST), FARTHEST)
        columns = [(window - window[-1]) / coder.change[0], np.full(24, level)]
        past = np.stack(columns[: len(coder.channels)], axis=-1)
        out = network.predict(past[None].astype(np.float32))[0]
        expected += (out.astype(np.float64) * coder.change[0] + window[-1]).tolist()
    found = cr.forecast(season, horizon=10).columns
    np.testing.assert_allclose(found["forecast"], expected[:10], rtol=1e-5)
    assert found["iterated"] == [False] * 4 + [True] * 6
    assert found["date"][:2] == ["2020-12-26", "2020-12-27"]
    assert all(
        a < b < c for a, b, c in zip(found["low"], found["forecast"], found["high"], strict=True)
    )


def test_the_same_from_a_file_a_frame_and_values(season: Path, tmp_path: Path) -> None:
    import pandas as pd
    import polars as pl

    columns = {"date": dates(60), "sales": seasonal(60, seed=3)}
    source = write(tmp_path / "new.csv", **columns)
    whole = cr.forecast(season, source, horizon=6)
    for data in (columns, pl.DataFrame(columns), pd.DataFrame(columns)):
        assert cr.forecast(season, data, horizon=6).columns == whole.columns
    values = cr.forecast(season, columns["sales"], horizon=6).columns
    np.testing.assert_allclose(values["forecast"], whole.columns["forecast"])
    assert values["step"] == [1, 2, 3, 4, 5, 6]
    assert [*whole.figures] == ["forecast"]


def test_without_the_data_of_the_run_there_is_no_spread(season: Path, tmp_path: Path) -> None:
    source = write(tmp_path / "shop.csv", sales=seasonal())
    path = trained(source, tmp_path / "run", target="sales", window=5, epochs=1).folder.path
    Path(source).unlink()
    found = cr.forecast(path, seasonal(50))
    assert "low" not in found.columns
    assert any("left out" in note for note in found.notes)


@pytest.mark.parametrize(
    ("data", "given", "error", "said"),
    [
        (np.arange(23.0), {}, DataError, "expected 24 rows or more, the window, got 23"),
        (np.zeros((4, 2)), {}, DataError, "expected values"),
        (np.arange(30.0), {"horizon": 0}, OptionError, "expected steps from 1"),
        ({"date": dates(30)}, {}, ChainruleError, "sales"),
        ("none.csv", {}, DataError, "expected a file"),
    ],
)
def test_bad_data(season: Path, data: Any, given: Any, error: Any, said: str) -> None:
    with pytest.raises(error, match=said):
        cr.forecast(season, data, **given)


def test_resumed_bit_for_bit(tmp_path: Path) -> None:
    source = write(tmp_path / "shop.csv", sales=seasonal(120), price=walk(120))
    given: Any = {"target": "sales", "window": 8, "horizon": 2, "inputs": "all", "epochs": 4}
    whole = trained(source, tmp_path / "whole", **given)
    options = SeriesOptions(source=source, **given)
    with TrainingRun.start(options, tmp_path / "cut", domain=DOMAIN) as run:
        run.train(Callbacks(stop=lambda: run.session.loop.step >= 5))
    with TrainingRun.resume(tmp_path / "cut", domain=DOMAIN) as run:
        run.train()
    one, other = (
        RunFolder.read(path).checkpoint() for path in (whole.folder.path, tmp_path / "cut")
    )
    for name, value in one.model.items():
        assert np.array_equal(value, other.model[name]), name


def test_changed_data_are_refused(tmp_path: Path) -> None:
    source = write(tmp_path / "shop.csv", sales=seasonal(120))
    trained(source, tmp_path / "run", target="sales", window=8, epochs=1)
    write(tmp_path / "shop.csv", sales=seasonal(120, seed=4))
    with pytest.raises(ChainruleError, match="expected the data this run began with"):
        TrainingRun.resume(tmp_path / "run", domain=DOMAIN)


def test_a_window_is_recorded(season: Path) -> None:
    found = Trained.read(season, DOMAIN)
    material = DOMAIN.reload(found.options, found.folder.config)
    part = material.dataset.test
    recorded = DOMAIN.record(found, material, [3], ["past[0, t=-2, sales]"])
    output = found.network.predict(part.x[3:4])
    assert recorded.loss.item() == pytest.approx(np.mean((output - part.y[3]) ** 2), rel=1e-4)
    assert recorded.wrt == ("past[0, 21, 0]",)
    assert "past[0, t=-2, sales], for window 3 of the test part" in recorded.title
    losses = np.mean((found.network.predict(part.x) - part.y) ** 2, axis=1)
    assert f"window {losses.argmax()} " in DOMAIN.record(found, material).title
    with pytest.raises(OptionError, match="expected a window between"):
        DOMAIN.record(found, material, [999])
