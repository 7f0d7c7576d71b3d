"""`chainrule train`: schedules, early stopping, accumulation and class weights as options."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chainrule.train.runs.run_folder import RunFolder

SMALL = ("--layers", "5", "--run", "run")


def test_options_are_stored_in_the_configuration(call):
    call(
        "train", "wine", *SMALL, "--epochs", "3", "--schedule", "step(2, 0.5)", "--warm-up", "3",
        "--patience", "9", "--watch", "metric", "--accumulate", "2",
        "--class-weights", "class_0=2, class_2=0.5",
    )  # fmt: skip
    folder = RunFolder.read(Path("run"))
    training = folder.config["training"]
    assert training["schedule"] == "step(every=2, gamma=0.5)"
    assert training["warm_up"] == "3 steps"
    assert (training["patience"], training["watch"], training["accumulate"]) == (9, "metric", 2)
    assert training["class_weights"] == {"class_0": 2.0, "class_2": 0.5}
    rates = [record.learning_rate for record in folder.history()]
    assert rates == [0.001 * factor for factor in (2 / 3, 1.0, 0.5)]
    assert [record.step for record in folder.history()] == [2, 4, 6]  # 124 rows, 64 at a time


def test_defaults_change_nothing(call):
    call("train", "iris", *SMALL, "--epochs", "1")
    training = RunFolder.read(Path("run")).config["training"]
    assert (training["schedule"], training["accumulate"]) == ("constant", 1)
    assert not {"warm_up", "patience", "class_weights"} & set(training)


def test_stopped_early(call):
    words = ("--epochs", "500", "--lr", "0.05", "--patience", "3")
    done = call("train", "iris", *SMALL, *words)
    history = RunFolder.read(Path("run")).history()
    losses = [record.validation_loss for record in history]
    best = 1 + losses.index(min(losses))
    assert len(history) == best + 3 < 500
    assert f"stopped early; these are the figures of the best epoch, {best}\n" in done.out
    again = call("train", "--resume", "run", "--json")
    assert again.err == f"training stopped early, after {best + 3} epochs; nothing is left\n"
    found = json.loads(again.out)
    assert (found["epochs"], found["best_epoch"]) == (best + 3, best)
    assert found["stopped_early"] is True
    assert found["validation_loss"] == min(losses)


def test_the_best_epoch_of_a_run_that_was_not_stopped(call):
    done = call("train", "iris", *SMALL, "--epochs", "2", "--patience", "5")
    assert "\nthese are the figures of the best epoch, 2\n" in done.out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--schedule", "cosin"), "schedule: expected one of constant, step, cosine, plateau"),
        (("--schedule", "step"), "step(every, gamma)"),
        (("--warm-up", "soon"), "expected a length such as '100 steps' or '2 epochs', got 'soon'"),
        (
            ("--patience", "-1"),
            "a whole number of epochs, or 0 to never stop early, got -1",
        ),
        (("--patience", "2", "--validation-fraction", "0"), "set a validation fraction"),
        (("--watch", "r2"), "watch: expected one of loss, metric, got 'r2'"),
        (("--accumulate", "0"), "accumulate: expected a whole number, 1 or more, got 0"),
        (("--class-weights", "equal"), "expected balanced, or weights by class such as"),
        (("--class-weights", "=2"), "expected balanced, or weights by class such as"),
        (("--class-weights", "setosa=x"), "expected balanced, or weights by class such as"),
        (("--class-weights", "setos=2"), "did you mean setosa?"),
        (("--class-weights", "setosa=0"), "class weights: expected numbers above 0, got 0.0"),
    ],
)
def test_refused(call, options: tuple[str, ...], words: str):
    assert words in call("train", "iris", *SMALL, *options).refusal()
    assert not Path("run").exists()


def test_a_resumed_run_keeps_its_schedule(call):
    call("train", "iris", *SMALL, "--epochs", "1", "--schedule", "cosine")
    assert "--schedule" in call("train", "--resume", "run", "--schedule", "step(2)").refusal()
