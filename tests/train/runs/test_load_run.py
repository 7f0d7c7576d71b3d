"""The model of a run predicts data frames, as `chainrule predict` does files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import chainrule as cr
from chainrule.errors import DataError, RunError
from chainrule.train.data.reading.sklearn_datasets import load_sklearn
from chainrule.train.options import RunOptions
from chainrule.train.runs import Predictor, TrainingRun

ROWS = 60
NUMBERS = np.random.default_rng(0).normal(size=ROWS)


def trained(folder: Path, source: str, **options: Any) -> Path:
    with TrainingRun.start(RunOptions(source, epochs=3, **options), folder / "run") as run:
        run.train()
    return folder / "run"


@pytest.mark.parametrize(
    ("answers", "dtype"),
    [
        (["no", "yes"], pl.String),
        ([0, 1], pl.Int64),
        ([-3, 12], pl.Int64),
        (["true", "false"], pl.Boolean),
        (["007", "7"], pl.String),
        ([0.5, 1.5], pl.Float64),
    ],
)
def test_frames_are_predicted_as_files_are(answers: list[Any], dtype: Any, tmp_path: Path):
    lines = [f'{x:.4f},"{1000 + i:,}",{answers[int(x > 0)]}' for i, x in enumerate(NUMBERS)]
    (tmp_path / "t.csv").write_text("\n".join(["a,b,y", *lines]))
    run = trained(tmp_path, str(tmp_path / "t.csv"), target="y", task="classification")
    model = cr.load_run(run)
    frame = pl.read_csv(tmp_path / "t.csv", schema_overrides={"y": pl.String})
    found, file = model.predict(frame), Predictor(run).predict(tmp_path / "t.csv")
    assert found.schema == {"y": dtype}
    as_text = found["y"].cast(pl.String).str.to_lowercase().to_list()
    assert as_text == [str(value) for value in file.values]
    shares = model.predict(frame.reverse().select("b", "a"), proba=True)
    assert shares.columns == list(file.classes)
    assert file.probabilities is not None
    np.testing.assert_allclose(shares.to_numpy()[::-1], file.probabilities, atol=1e-6)


def test_numbers_of_a_run(tmp_path: Path):
    table = load_sklearn("diabetes")
    frame = pl.DataFrame({name: column.values for name, column in table.columns.items()})
    model = cr.load_run(trained(tmp_path, "diabetes"))
    found = model.predict(frame.drop("target"))
    assert found.schema == {"target": pl.Float64}
    assert abs(found["target"].mean() - frame["target"].mean()) < 40  # type: ignore[operator]
    assert model.trained_columns == tuple(frame.columns[:-1])
    with pytest.raises(DataError, match="got none called 'bmi'; add them"):
        model.predict(frame.drop("bmi"))


def test_pandas_keeps_its_index(tmp_path: Path):
    pd = pytest.importorskip("pandas")
    table = load_sklearn("iris")
    frame = pd.DataFrame({n: c.values for n, c in table.columns.items() if n != "target"})
    frame.index = frame.index[::-1] * 2
    found = cr.load_run(trained(tmp_path, "iris")).predict(frame)
    assert found.index.equals(frame.index)
    assert set(found["target"]) <= set(table.columns["target"].levels)


def test_what_is_no_run(tmp_path: Path):
    with pytest.raises(RunError, match="expected a run folder"):
        cr.load_run(tmp_path)
