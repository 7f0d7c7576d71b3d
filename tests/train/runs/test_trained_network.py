"""Explanations of a weight in a trained network agree with the network itself."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from chainrule.errors import ChainruleError, OptionError, RunError
from chainrule.train.options import RunOptions
from chainrule.train.runs.trained_network import TrainedNetwork, explain_weight
from chainrule.train.runs.training_run import TrainingRun
from train.run_cases import EVERYTHING, on, write_csv

PLAIN = RunOptions(layers=(6, 5), activation="tanh", epochs=5, dtype="float64", batch_size=8)


@pytest.fixture
def training(tmp_path: Path) -> Iterator[TrainingRun]:
    csv = write_csv(tmp_path / "things.csv")
    with TrainingRun.start(on(csv, PLAIN), tmp_path / "run") as training:
        training.train()
        yield training


def loss_at(
    training: TrainingRun, weight: str, index: tuple[int, int], nudge: float, row: int
) -> float:
    """The loss of one test row by NumPy alone, with one weight nudged."""
    p = {name: a.copy() for name, a in training.session.stepper.state().parameters.items()}
    p[weight][index] += nudge
    a = training.dataset.test.x[row]
    for i in (0, 2):
        a = np.tanh(p[f"layers.{i}.weight"] @ a + p[f"layers.{i}.bias"])
    z = p["layers.4.weight"] @ a + p["layers.4.bias"]
    return float(np.log(np.exp(z).sum()) - z[training.dataset.test.y[row]])


@pytest.mark.parametrize("row", [0, 5])
def test_the_gradient_agrees_with_finite_differences(training: TrainingRun, row: int):
    index, step = (2, 0), 1e-5
    explained = json.loads(
        explain_weight(TrainedNetwork.of(training), [row], ["layers.0.weight[2, 0]"]).to_json()
    )
    np.testing.assert_allclose(
        explained["value"], loss_at(training, "layers.0.weight", index, 0.0, row), rtol=1e-9
    )
    ends = [loss_at(training, "layers.0.weight", index, nudge, row) for nudge in (step, -step)]
    gradient = explained["gradients"]["layers.0.weight"][2][0]
    assert gradient
    np.testing.assert_allclose(gradient, (ends[0] - ends[1]) / (2 * step), rtol=1e-6)


def test_by_default_the_weight_with_the_largest_gradient_is_explained(training: TrainingRun):
    trained = TrainedNetwork.of(training)
    explanation = explain_weight(trained, learning_rate=0.1)
    explained = json.loads(explanation.to_json())
    rows = range(len(training.dataset.test))
    losses = [trained.loss(row).item() for row in rows]
    assert explained["value"] == max(losses)
    assert f"row {np.argmax(losses)} held out" in explanation.derivation.title
    loss = trained.loss(int(np.argmax(losses)))
    gradients = loss.gradients()["layers.0.weight"].value
    ((name, update),) = explained["updates"].items()
    assert abs(update["gradient"]) == np.abs(gradients).max()
    row, column = name.removeprefix("layers.0.weight[").removesuffix("]").split(", ")
    column = trained.encoder.features.index(column)
    assert gradients[int(row), column] == update["gradient"]


def test_the_update_and_the_text(training: TrainingRun):
    explained = explain_weight(TrainedNetwork.of(training), learning_rate=0.5)
    (update,) = json.loads(explained.to_json())["updates"].values()
    assert update["new"] == update["old"] - 0.5 * update["gradient"]
    text = str(explained)
    assert "The gradient of layers.0.weight[" in text
    assert "CHAIN RULE" in text


@pytest.mark.parametrize(
    ("sample", "weight"),
    [(-1, None), (12, None), (0, "layers.9.weight[0, 0]"), (0, "layers.0.weight[99, 0]")],
)
def test_rows_and_weights_that_do_not_exist(training: TrainingRun, sample: int, weight: str | None):
    assert len(training.dataset.test) == 12
    with pytest.raises(ChainruleError) as caught:
        explain_weight(TrainedNetwork.of(training), [sample], [weight] if weight else [])
    assert "\n" not in str(caught.value)
    if weight is None:
        assert isinstance(caught.value, OptionError)


@pytest.mark.parametrize("change", [{"test_fraction": 0.0}, {"task": None}])
@pytest.mark.parametrize("settings", [EVERYTHING, RunOptions(layers=(), epochs=1)])
def test_other_networks(tmp_path: Path, change: dict[str, object], settings: RunOptions):
    """With batch norm and dropout in evaluation, without hidden layers, with no test rows."""
    csv = write_csv(tmp_path / "things.csv")
    options = dataclasses.replace(on(csv, settings), **change)
    with TrainingRun.start(options, tmp_path / "run") as training:
        training.train()
        part = training.dataset.test if len(training.dataset.test) else training.dataset.train
        trained = TrainedNetwork.of(training)
        loss = trained.loss(1).item()
        one = training.session.stepper.loss(part.x[1:2], part.y[1:2])
        np.testing.assert_allclose(loss, one, rtol=1e-5)
        assert "CHAIN RULE" in str(explain_weight(trained, [1]))


def test_a_regression(tmp_path: Path):
    rows = "".join(f"{i},{i * i}\n" for i in range(30))
    (tmp_path / "squares.csv").write_text("x,y\n" + rows)
    source = str(tmp_path / "squares.csv")
    options = dataclasses.replace(PLAIN, source=source, target="y")
    with TrainingRun.start(options, tmp_path / "run") as training:
        training.train()
        test = training.dataset.test
        error = training.session.stepper.predict(test.x[:1]) - test.y[:1]
        trained = TrainedNetwork.of(training)
        np.testing.assert_allclose(trained.loss(0).item(), (error**2).item(), rtol=1e-9)
        assert "CHAIN RULE" in str(explain_weight(trained))


def test_the_mean_of_several_rows(training: TrainingRun):
    """A contribution for each row, and the gradient is the mean of those of each row alone."""
    trained, weight = TrainedNetwork.of(training), "layers.2.weight[1, 0]"
    each = [explain_weight(trained, [row], [weight]).derivation for row in (2, 7, 9)]
    explanation = explain_weight(trained, [2, 7, 9, 7], [weight]).derivation
    gradients = [one.chains[0].gradient for one in each]
    np.testing.assert_allclose(explanation.value, np.mean([one.value for one in each]), rtol=1e-12)
    np.testing.assert_allclose(explanation.chains[0].gradient, np.mean(gradients), rtol=1e-12)
    (back,) = (step for step in explanation.backward if step.name == weight)
    assert [c.via for c in back.contributions] == [f"z2[{row}, 1]" for row in range(3)]
    products = [c.product for c in back.contributions]
    np.testing.assert_allclose(products, np.divide(gradients, 3), rtol=1e-9)
    assert "the mean loss of rows 2, 7 and 9 held out" in explanation.title


def test_a_run_folder_gives_the_same_explanation(training: TrainingRun):
    """From the folder alone, while it is still open for training, the same explanation."""
    explanation = explain_weight(TrainedNetwork.read(training.folder.path), [3])
    assert str(explanation) == str(explain_weight(TrainedNetwork.of(training), [3]))


def test_a_run_whose_data_changed(training: TrainingRun, tmp_path: Path):
    csv = tmp_path / "things.csv"
    csv.write_text(csv.read_text() + csv.read_text().splitlines()[-1] + "\n")
    with pytest.raises(RunError, match="different data"):
        TrainedNetwork.read(training.folder.path)


def test_the_mean_loss_has_the_class_weights_of_the_run(tmp_path: Path):
    """As in the report of the run: Σ w·l / Σ w over the test rows."""
    csv = write_csv(tmp_path / "things.csv")
    options = dataclasses.replace(PLAIN, class_weights={"good": 20.0})
    with TrainingRun.start(on(csv, options), tmp_path / "run") as training:
        training.train()
        report, rows = training.report(), range(len(training.dataset.test))
        assert report.test is not None
        for trained in (TrainedNetwork.of(training), TrainedNetwork.read(tmp_path / "run")):
            explained = explain_weight(trained, rows, ["layers.4.bias[1]"])
            assert json.loads(explained.to_json())["value"] == pytest.approx(report.test.loss)
            assert "class-weighted mean loss of rows 0–" in " ".join(str(explained).split())
            alone, unweighted = trained.loss(3), TrainedNetwork(trained.model, training.dataset)
            assert alone.item() == unweighted.loss(3).item()
            assert unweighted.loss(*rows).item() != pytest.approx(report.test.loss, rel=1e-3)
