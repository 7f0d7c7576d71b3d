"""`chainrule train --ensemble`, and what the other commands do with such a run."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from chainrule.train.runs.run_folder import RunFolder
from cli.command import process, spawn

SMALL = ("train", "iris", "--epochs", "4", "--layers", "5", "--ensemble", "3", "--run", "run")
QUIET = ("--figures", "none")


def test_the_report(call, tmp_path: Path):
    done = call(*SMALL, *QUIET)
    assert done.code == 0, done
    lines = done.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert "30 test rows: the ensemble beside simple models" in lines
    assert any(line.startswith("  ensemble of 3  ") for line in lines)
    assert "The network" not in done.out
    table = lines[lines.index("test rows: the networks of the ensemble alone, and averaged") :]
    assert [line.split()[0] for line in table[3:7]] == ["1", "2", "3", "averaged"]
    assert "gradient norm of each layer in the last step of network 1" in done.out
    assert "trained 3 networks, at most 4 epochs each, in " in done.out
    progress = [line for line in done.err.splitlines() if line.startswith("network 2 of 3, epoch")]
    assert len(progress) == 4


def test_best_epochs_are_shown(call):
    done = call(*SMALL, *QUIET, "--patience", "2")
    assert "best epoch" in done.out


def test_json_and_the_stored_report(call, tmp_path: Path):
    done = call(*SMALL, "--json")
    found = json.loads(done.out, parse_constant=pytest.fail)
    assert len(found["ensemble"]) == 3
    assert {"epochs", "best_epoch", "test_loss", "test_accuracy"} <= found["ensemble"][1].keys()
    mean = np.mean([one["test_loss"] for one in found["ensemble"]])
    assert found["test_loss"] <= mean + 1e-6  # −log is convex
    assert json.loads((tmp_path / "run" / "report.json").read_text()) == found
    assert not list((tmp_path / "run" / "members").rglob("report.json"))


def test_json_has_no_nan(call):
    words = ("train", "diabetes", *SMALL[2:], "--validation-fraction", "0.001", "--json")
    found = json.loads(call(*words).out, parse_constant=pytest.fail)
    assert [one["validation_r2"] for one in found["ensemble"]] == [None] * 3


def test_one_network_has_no_such_entry(call, tmp_path: Path):
    done = call("train", "iris", "--epochs", "1", "--json", "--run", "run")
    assert "ensemble" not in json.loads(done.out)
    assert not (tmp_path / "run" / "members").exists()


@pytest.mark.usefixtures("one_figure")
def test_a_run_that_is_done(call, tmp_path: Path):
    call(*SMALL, *QUIET)
    done = call("train", "--resume", "run")
    assert done.err.splitlines() == [
        "network 1 of 3: all 4 epochs are done",
        "network 2 of 3: all 4 epochs are done",
        "network 3 of 3: all 4 epochs are done; for more: chainrule train --resume run --epochs 8",
    ]
    assert done.out.endswith("picture  run/figures/loss.png\n")
    assert call("train", "--resume", "run", "--epochs", "5", *QUIET).code == 0
    epochs = [RunFolder.read(tmp_path / "run" / path).checkpoint().epoch for path in PLACES]
    assert epochs == [5, 5, 5]


PLACES = (".", "members/2", "members/3")


def test_predictions(call, tmp_path: Path):
    rng = np.random.default_rng(0)
    rows = [
        "a,b,kind",
        *(f"{a:.3f},{b:.3f},{'yx'[int(a > b)]}" for a, b in rng.normal(size=(80, 2))),
    ]
    (tmp_path / "data.csv").write_text("\n".join(rows))
    call("train", "data.csv", "--target", "kind", *SMALL[2:], *QUIET)
    texts = {
        place: call("predict", Path("run", place), "data.csv").out for place in (".", *PLACES[1:])
    }
    # the run predicts with all networks, the folder of one with that one
    shares = {
        place: np.array([float(row["p(x)"]) for row in csv.DictReader(io.StringIO(text))])
        for place, text in texts.items()
    }
    single = tmp_path / "single"
    call(
        "train", "data.csv", "--target", "kind", "--epochs", "4", "--layers", "5", "--run", single,
        *QUIET,
    )  # fmt: skip
    text = call("predict", single, "data.csv").out
    first = np.array([float(row["p(x)"]) for row in csv.DictReader(io.StringIO(text))])
    mean = (first + shares["members/2"] + shares["members/3"]) / 3
    np.testing.assert_allclose(shares["."], mean, atol=2e-6)


def test_one_network_is_explained(call):
    call(*SMALL, *QUIET)
    first, second = call("explain", "run"), call("explain", "run", "--member", "2")
    assert "network 1 of 3" in " ".join(first.out.split())
    assert "network 2 of 3" in " ".join(second.out.split())
    assert first.out != second.out
    flow = call("explain", "run", "--member", "3", "--sample", "2", "--flow")
    assert flow.out.startswith("Row 2 held out of iris; network 3 of 3")
    assert (
        "expected a network from 1 to 3, got 4" in call("explain", "run", "--member", 4).refusal()
    )


@pytest.mark.parametrize(
    "words", [("two-two-two",), ("a*b", "a=1", "b=2"), ("two-two-two", "--flow")]
)
def test_only_runs_have_members(call, words):
    message = call("explain", *words, "--member", "2").refusal()
    assert message.startswith("chainrule: --member: expected a run, got ")


@pytest.mark.parametrize("number", ["1", "0", "33", "-2"])
def test_numbers_of_networks(call, number: str):
    message = call("train", "iris", "--ensemble", number).refusal()
    assert f"ensemble: expected a whole number of networks from 2 to 32, got {number}" in message


def test_the_number_stays_when_a_run_is_resumed(call):
    call(*SMALL, *QUIET)
    message = call("train", "--resume", "run", "--ensemble", "4").refusal()
    assert "no settings but --epochs" in message


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.slow
def test_an_interrupted_ensemble_is_resumed(tmp_path: Path):
    words = ("train", "iris", "--layers", "8", "--ensemble", "2", "--run", "run", *QUIET)
    with spawn(*words, "--epochs", "600", cwd=tmp_path) as started:
        history = tmp_path / "run" / "members" / "2" / "history.jsonl"
        while not (history.exists() and history.stat().st_size):
            assert started.poll() is None
        started.send_signal(signal.SIGINT)
        _, err = started.communicate(timeout=60)
    assert started.returncode in (0, 130)
    if started.returncode == 130:
        first, second = err.splitlines()[-2:]
        assert first.endswith("of network 2 of 2, saved in run")
        assert second == "go on with: chainrule train --resume run"
    done = process("train", "--resume", "run", *QUIET, cwd=tmp_path)
    assert done.code == 0
    assert "ensemble of 2" in done.out


def test_a_training_that_fails_in_a_further_network(call, tmp_path: Path, monkeypatch):
    from chainrule.errors import TrainingError
    from chainrule.train.runs.training_run import TrainingRun

    train = TrainingRun.train

    def fails(self, *given):
        if self.options.member == 2:
            raise TrainingError(
                "step 3", expected="a finite loss", got="nan", remedy="a lower --lr"
            )
        return train(self, *given)

    monkeypatch.setattr(TrainingRun, "train", fails)
    done = call(*SMALL, *QUIET)
    assert done.code == 2
    assert "step 3: expected a finite loss" in done.err
    assert RunFolder.read(tmp_path / "run").checkpoint().epoch == 4
