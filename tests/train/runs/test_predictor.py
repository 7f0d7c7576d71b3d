"""Predictions of a trained run for the rows of a file."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from chainrule.errors import DataError, RunError
from chainrule.nn import prediction
from chainrule.train.options import RunOptions
from chainrule.train.runs.predictor import Predictor
from chainrule.train.runs.training_run import TrainingRun
from train.run_cases import EVERYTHING, on, write_csv


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    csv = write_csv(folder / "things.csv")
    with TrainingRun.start(on(csv, EVERYTHING), folder / "run") as training:
        training.train()
    return folder / "run"


def test_classes_and_probabilities(run: Path, tmp_path: Path):
    csv = write_csv(tmp_path / "new.csv", rows=7, seed=1)
    found = Predictor(run).predict(csv)
    assert found.classes == ("bad", "good")
    assert found.probabilities.shape == (7, 2)
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1.0, rtol=1e-12)
    assert found.values == [found.classes[i] for i in found.probabilities.argmax(axis=1)]
    assert found.unseen == {}


def test_the_same_as_the_network_in_training(run: Path):
    """Encoding, running averages and all: the accuracy of the report, from the file."""
    with TrainingRun.resume(run) as training:
        dataset, stepper = training.dataset, training.session.stepper
        expected = stepper.predict(dataset.test.x)
    outputs = Predictor(run).outputs(dataset.test.x)
    np.testing.assert_allclose(outputs, expected, rtol=1e-6, atol=1e-7)


def test_columns_in_another_order_and_new_ones(run: Path, tmp_path: Path):
    csv = write_csv(tmp_path / "new.csv", rows=5)
    frame = pl.read_csv(csv)
    mixed = frame.select(pl.lit("x").alias("note"), "colour", "width")
    mixed.write_parquet(tmp_path / "new.parquet")
    mixed.write_csv(tmp_path / "mixed.csv")
    predictor = Predictor(run)
    expected = predictor.predict(csv)
    for name in ("new.parquet", "mixed.csv"):
        found = predictor.predict(tmp_path / name)
        assert found.values == expected.values
        np.testing.assert_array_equal(found.probabilities, expected.probabilities)


def test_an_unseen_category(run: Path, tmp_path: Path):
    (tmp_path / "new.csv").write_text("width,colour\n1,red\n1,mauve\n")
    found = Predictor(run).predict(tmp_path / "new.csv")
    assert found.unseen == {"colour": ("mauve",)}
    assert len(found.values) == 2


def test_many_rows_in_chunks(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    csv = write_csv(tmp_path / "new.csv", rows=23)
    whole = Predictor(run).predict(csv)
    monkeypatch.setattr(prediction, "CHUNK", 5)
    parts = Predictor(run).predict(csv)
    assert parts.values == whole.values
    np.testing.assert_allclose(parts.probabilities, whole.probabilities, rtol=1e-6)


def test_numbers_in_the_units_of_the_target(tmp_path: Path):
    x = np.linspace(0, 10, 60)
    rows = "".join(f"{value},{1000 + 3 * value}\n" for value in x)
    (tmp_path / "line.csv").write_text("x,y\n" + rows)
    source = str(tmp_path / "line.csv")
    options = RunOptions(
        source, target="y", layers=(), epochs=150, optimizer="sgd", learning_rate=0.1
    )
    with TrainingRun.start(options, tmp_path / "run") as training:
        training.train()
    (tmp_path / "new.csv").write_text("x\n2\n20\n")
    found = Predictor(tmp_path / "run").predict(tmp_path / "new.csv")
    assert found.probabilities is None
    assert found.classes == ()
    np.testing.assert_allclose(found.values, [1006, 1060], rtol=1e-4)


REFUSED = {
    "missing column": ("width\n1\n", "none called 'colour'"),
    "text for numbers": ("width,colour\nwide,red\n", "numbers in column 'width'"),
    "missing value": ("width,colour\n,red\n", "width"),
    "nothing": ("", "an empty file"),
    "no rows": ("width,colour\n", "rows of data"),
    "infinite": ("width,colour\ninf,red\n", "width"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_rows_that_cannot_be_predicted(run: Path, tmp_path: Path, name: str):
    text, words = REFUSED[name]
    (tmp_path / "new.csv").write_text(text)
    with pytest.raises(DataError) as caught:
        Predictor(run).predict(tmp_path / "new.csv")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_runs_that_cannot_predict(run: Path, tmp_path: Path):
    with pytest.raises(RunError, match="no such folder"):
        Predictor(tmp_path / "nowhere")
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("config.toml", "model.safetensors"):
        (copy / name).write_bytes((run / name).read_bytes())
    text = (copy / "config.toml").read_text()
    (copy / "config.toml").write_text(text.replace('"good"', '"excellent"'))
    with pytest.raises(RunError, match="undo the changes"):
        Predictor(copy)
    (copy / "config.toml").write_text(text)
    Predictor(copy)
    content = (copy / "model.safetensors").read_bytes()
    (copy / "model.safetensors").write_bytes(content[: len(content) // 2])
    with pytest.raises(RunError, match="truncated or damaged"):
        Predictor(copy)


def test_a_run_being_trained_can_be_read(tmp_path: Path):
    csv = write_csv(tmp_path / "things.csv")
    settings = dataclasses.replace(EVERYTHING, epochs=2)
    with TrainingRun.start(on(csv, settings), tmp_path / "run"):
        assert len(Predictor(tmp_path / "run").predict(csv).values) == 60


def test_outputs_that_are_not_finite_are_refused_by_row(run: Path, tmp_path: Path):
    """1e300 leaves the range of float32."""
    rows = ["1,red", "1e300,red", "2,blue", "-1e300,green"]
    (tmp_path / "new.csv").write_text("width,colour\n" + "\n".join(rows) + "\n")
    with pytest.raises(
        DataError, match=r"finite in float32, got .* for rows 2, 4; .*'width' of row 2"
    ):
        Predictor(run).predict(tmp_path / "new.csv")
    (tmp_path / "new.csv").write_text("width,colour\n" + "1e300,red\n" * 9)
    with pytest.raises(DataError, match="rows 1, 2, 3, 4, 5, 6 and 3 more") as caught:
        Predictor(run).predict(tmp_path / "new.csv")
    assert "\n" not in str(caught.value)


def test_weights_that_are_not_finite_are_named(run: Path, tmp_path: Path):
    predictor = Predictor(run)
    name = next(iter(predictor.model.parameters()))
    predictor.model.load({name: predictor.model.parameters()[name].value * np.nan}, partial=True)
    (tmp_path / "new.csv").write_text("width,colour\n1,red\n")
    with pytest.raises(DataError, match=rf"for row 1; train again: {name} of this run is not"):
        predictor.predict(tmp_path / "new.csv")


def test_unseen_categories_are_counted_and_other_columns_named(run: Path, tmp_path: Path):
    rows = ["1,red,7", "1,mauve,7", "2,pink,7", "3,mauve,7", "4,green,7"]
    (tmp_path / "new.csv").write_text("width,colour,note\n" + "\n".join(rows) + "\n")
    found = Predictor(run).predict(tmp_path / "new.csv")
    assert found.unseen == {"colour": ("mauve", "pink")}
    assert found.unseen_rows == {"colour": 3}
    assert found.ignored == ("note",)
    csv = write_csv(tmp_path / "same.csv")  # the target is no column to name
    assert Predictor(run).predict(csv).ignored == ()
