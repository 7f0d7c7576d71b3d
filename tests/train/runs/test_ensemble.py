"""Ensembles: networks of one run, trained one after another, whose predictions are averaged."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tomli_w
from scipy.special import softmax

from chainrule.errors import OptionError, RunError
from chainrule.train.data.load_dataset import load
from chainrule.train.loop.callbacks import Callbacks
from chainrule.train.options import RunOptions
from chainrule.train.runs.ensemble import Ensemble
from chainrule.train.runs.members import member_path
from chainrule.train.runs.predictor import Predictor
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.runs.trained_network import TrainedNetwork
from chainrule.train.runs.training_run import TrainingRun
from train.run_cases import EVERYTHING, assert_same, on, timeless, write_csv

OPTIONS = dataclasses.replace(EVERYTHING, engine="reference", epochs=3, ensemble=3)
posix = pytest.mark.skipif(os.name != "posix", reason="links and signals of POSIX")


def train_all(project: TrainingRun) -> Ensemble:
    ensemble = Ensemble(project)
    for member in ensemble.members():
        assert member.train()
    return ensemble


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    csv = write_csv(folder / "things.csv")
    with TrainingRun.start(on(csv, OPTIONS), folder / "run") as project:
        train_all(project)
    return folder


@pytest.fixture
def run(template: Path, tmp_path: Path) -> Path:
    shutil.copytree(template / "run", tmp_path / "run")
    return tmp_path / "run"


def alone(run: Path, number: int) -> Predictor:
    """One network as if it were a run of its own."""
    predictor = Predictor(run)
    predictor.models = predictor.models[number - 1 : number]
    return predictor


def test_the_first_network_is_that_of_a_run_without_an_ensemble(template: Path):
    options = dataclasses.replace(on(template / "things.csv", OPTIONS), ensemble=None)
    with TrainingRun.start(options, template / "single") as single:
        assert single.train()
    one, other = (RunFolder.read(template / name) for name in ("single", "run"))
    for name, array in one.checkpoint().parameters.items():
        assert array.tobytes() == other.checkpoint().parameters[name].tobytes()
    assert timeless(one.history()) == timeless(other.history())


def test_networks_differ_in_their_seeds_only(template: Path):
    folders = [RunFolder.read(member_path(template / "run", k)) for k in (1, 2, 3)]
    first = [next(iter(folder.checkpoint().parameters.values())) for folder in folders]
    assert not np.allclose(first[0], first[1])
    assert not np.allclose(first[1], first[2])
    assert [folder.config["training"].get("member") for folder in folders] == [None, 2, 3]
    for folder in folders:
        assert folder.config["data"] == folders[0].config["data"]
        assert folder.config["encoder"] == folders[0].config["encoder"]
    seeds = {dataclasses.replace(OPTIONS, member=k).own_seed for k in (1, 2, 3)}
    assert len(seeds) == 3


def test_probabilities_are_averaged(template: Path):
    data = load(on(template / "things.csv", OPTIONS), dtype=np.float32)
    x = data.test.x
    each = [softmax(alone(template / "run", k).outputs(x).astype(float), axis=1) for k in (1, 2, 3)]
    assert not np.allclose(each[0], each[1])
    found = Predictor(template / "run").predict(template / "things.csv")
    whole = np.mean(
        [
            alone(template / "run", k).predict(template / "things.csv").probabilities
            for k in (1, 2, 3)
        ],
        axis=0,
    )
    np.testing.assert_allclose(found.probabilities, whole)
    assert found.values == [found.classes[i] for i in whole.argmax(axis=1)]


def test_report_and_evaluation_are_those_of_the_averages(template: Path, tmp_path: Path):
    shutil.copytree(template / "run", tmp_path / "run")
    with TrainingRun.resume(tmp_path / "run") as project:
        ensemble = train_all(project)
        report, evaluation = ensemble.report(), ensemble.judgement()
        pictures = ensemble.draw(lambda error: pytest.fail(str(error)), ("svg",))
        data = project.dataset
        single = project.report()
    for part, score in ((data.train, report.train), (data.test, report.test)):
        outputs = (alone(tmp_path / "run", k).outputs(part.x).astype(float) for k in (1, 2, 3))
        p = np.mean([softmax(z, axis=1) for z in outputs], axis=0)
        np.testing.assert_allclose(
            score.loss, -np.log(p[np.arange(len(p)), part.y]).mean(), rtol=1e-5
        )
        assert score.metric == np.mean(p.argmax(axis=1) == part.y)
    np.testing.assert_allclose(evaluation.scores["network"].log_loss, report.test.loss, rtol=1e-5)
    assert np.sum(report.confusion.counts) == len(data.test)
    assert report.seconds == pytest.approx(sum(one.seconds for one in ensemble.reports))
    assert ensemble.reports[0].test == single.test
    entries = ensemble.to_dict()["ensemble"]
    assert [entry["test_loss"] for entry in entries] == [r.test.loss for r in ensemble.reports]
    assert json.loads(json.dumps(entries)) == entries
    assert "reliability.svg" in [picture.name for picture in pictures]


def test_numbers_are_averaged(template: Path, tmp_path: Path):
    options = dataclasses.replace(OPTIONS, source="diabetes", ensemble=2, batch_norm=False)
    with TrainingRun.start(options, tmp_path / "run") as project:
        ensemble = train_all(project)
        report, data = ensemble.report(), project.dataset
    mean = sum(alone(tmp_path / "run", k).outputs(data.test.x) for k in (1, 2)) / 2
    np.testing.assert_allclose(Predictor(tmp_path / "run").outputs(data.test.x), mean, rtol=1e-6)
    np.testing.assert_allclose(report.test.loss, np.mean((mean - data.test.y) ** 2), rtol=1e-5)
    assert report.residuals is not None


def same_runs(one: Path, other: Path) -> None:
    for number in (1, 2, 3):
        a, b = (RunFolder.read(member_path(path, number)) for path in (one, other))
        assert_same(a.checkpoint(), b.checkpoint())
        assert timeless(a.history()) == timeless(b.history())
        assert {**a.config, "data": 0} == {**b.config, "data": 0}


@pytest.mark.parametrize("stopped_in", [1, 2, 3])
def test_a_stopped_ensemble_goes_on_where_it_stopped(
    template: Path, tmp_path: Path, stopped_in: int
):
    options = on(template / "things.csv", OPTIONS)
    with TrainingRun.start(options, tmp_path / "run") as project:
        for number, member in enumerate(Ensemble(project).members(), 1):
            steps = iter([False] * 4 + [True] * 100)
            stop = Callbacks(stop=lambda steps=steps: next(steps)) if number == stopped_in else None
            if not member.train(stop):
                break
        assert number == stopped_in
    assert member_path(tmp_path / "run", 3).exists() == (stopped_in == 3)
    with TrainingRun.resume(tmp_path / "run") as project:
        train_all(project)
    same_runs(tmp_path / "run", template / "run")


def test_a_kill_while_a_network_is_made(run: Path, template: Path, monkeypatch):
    shutil.rmtree(member_path(run, 3))

    def killed(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, TrainingRun.resume(run) as project:
        patch.setattr(RunFolder, "create", killed)
        with pytest.raises(KeyboardInterrupt):
            train_all(project)
    with pytest.raises(
        RunError, match="3: expected a network of the ensemble, got none"
    ) as missing:
        Predictor(run)
    assert f"chainrule train --resume {run}" in str(missing.value)
    with TrainingRun.resume(run) as project:
        train_all(project)
    same_runs(run, template / "run")
    Predictor(run)


def test_more_epochs_for_every_network(run: Path, template: Path, tmp_path: Path):
    with TrainingRun.resume(run, epochs=5) as project:
        train_all(project)
    options = dataclasses.replace(on(template / "things.csv", OPTIONS), epochs=5)
    with TrainingRun.start(options, tmp_path / "whole") as project:
        train_all(project)
    same_runs(run, tmp_path / "whole")


def test_data_that_have_moved(run: Path, template: Path, tmp_path: Path):
    shutil.copy(template / "things.csv", tmp_path / "moved.csv")
    with TrainingRun.resume(run, 4, str(tmp_path / "moved.csv")) as project:
        train_all(project)
    sources = {RunFolder.read(member_path(run, k)).config["data"]["source"] for k in (1, 2, 3)}
    assert sources == {str(tmp_path / "moved.csv")}


def edit(folder: Path, **training: object) -> None:
    config = RunFolder.read(folder).config
    (folder / "config.toml").write_text(
        tomli_w.dumps({**config, "training": {**config["training"], **training}})
    )


def replaced_by_another(run: Path) -> None:
    shutil.rmtree(member_path(run, 2))
    shutil.copytree(member_path(run, 3), member_path(run, 2))


def is_the_first(run: Path) -> None:
    shutil.rmtree(member_path(run, 2))
    (run / "members" / "2").mkdir()
    for name in ("config.toml", "model.safetensors", "history.jsonl"):
        shutil.copy(run / name, member_path(run, 2) / name)


def other_settings(run: Path) -> None:
    edit(member_path(run, 2), dropout=0.3)


def damaged(run: Path) -> None:
    (member_path(run, 2) / "model.safetensors").write_bytes(b"no")


def empty(run: Path) -> None:
    shutil.rmtree(member_path(run, 2))
    member_path(run, 2).mkdir()


def linked(run: Path) -> None:
    member_path(run, 2).rename(run.parent / "elsewhere")
    member_path(run, 2).symlink_to(run.parent / "elsewhere")


def all_linked(run: Path) -> None:
    (run / "members").rename(run.parent / "elsewhere")
    (run / "members").symlink_to(run.parent / "elsewhere")


def linked_to_nothing(run: Path) -> None:
    shutil.rmtree(member_path(run, 2))
    member_path(run, 2).symlink_to(run.parent / "nothing")


BROKEN = [replaced_by_another, is_the_first, other_settings, damaged, empty]
LINKS = [pytest.param(each, marks=posix) for each in (linked, all_linked, linked_to_nothing)]


@pytest.mark.parametrize("change", [*BROKEN, *LINKS])
def test_a_network_that_is_none_of_the_run(run: Path, change):
    change(run)
    before = sorted(path.name for path in run.parent.iterdir())
    with pytest.raises(RunError):
        Predictor(run)
    with pytest.raises(RunError), TrainingRun.resume(run) as project:
        train_all(project)
    assert sorted(path.name for path in run.parent.iterdir()) == before


@pytest.mark.parametrize(
    "training", [{"ensemble": 33}, {"ensemble": 1}, {"member": 4}, {"member": 0}]
)
def test_settings_that_no_ensemble_has(run: Path, training):
    edit(run, **training)
    with pytest.raises((RunError, OptionError)):
        Predictor(run)


@pytest.mark.parametrize("number", [0, 1, 33, 10**9, True, 2.0, "3"])
def test_numbers_of_networks(number):
    with pytest.raises(
        OptionError, match="ensemble: expected a whole number of networks from 2 to 32"
    ):
        RunOptions("iris", ensemble=number)


def test_the_options_of_runs_before_are_unchanged():
    tables = RunOptions("iris").to_tables()
    assert "ensemble" not in tables["training"]
    assert "member" not in tables["training"]
    with_both = dataclasses.replace(RunOptions("iris", ensemble=4), member=3)
    assert RunOptions.from_tables(with_both.to_tables()) == with_both


def test_a_network_can_be_explained(template: Path):
    run = template / "run"
    losses, titles = [], []
    for number in (None, 1, 2, 3):
        recorded = TrainedNetwork.read(run, number).record([0])
        losses.append(recorded.loss.item())
        titles.append(recorded.title.rpartition("; ")[2])
    assert losses[0] == losses[1]
    assert len({*losses}) == 3
    assert titles == ["network 1 of 3", "network 1 of 3", "network 2 of 3", "network 3 of 3"]
    with pytest.raises(OptionError, match="member: expected a network from 1 to 3, got 4"):
        TrainedNetwork.read(run, 4)
    with pytest.raises(OptionError, match="expected an ensemble, got a run of a single network"):
        TrainedNetwork.read(member_path(run, 2), 2)


@pytest.mark.slow
@posix
def test_killed_at_random_moments(template: Path, tmp_path: Path):
    """Whatever is left can be read, resumed, and ends as an ensemble that nobody interrupted."""
    code = (
        "import sys\n"
        "from chainrule.train.runs.training_run import SaveInterval, TrainingRun\n"
        "TrainingRun.saving = SaveInterval(0.0, 1.0)\n"
        "from chainrule.cli import main\n"
        "main()"
    )
    run, rng = tmp_path / "run", random.Random(0)
    options = [
        *("--target=kind", "--layers=6,5", "--activation=tanh", "--batch-norm", "--dropout=0.2"),
        *("--optimizer=sgd", "--lr=0.05", "--momentum=0.9", "--clip-norm=1", "--batch-size=10"),
        *("--patience=0", "--validation-fraction=0.1", "--init=xavier"),
        *("--seed=3", "--epochs=60", "--ensemble=3", "--engine=reference", f"--run={run}"),
    ]

    def command(seconds: float | None) -> int:
        words = ["--resume", str(run)] if run.exists() else [str(template / "things.csv"), *options]
        process = subprocess.Popen(
            [sys.executable, "-c", code, "train", *words, "--figures=none"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        if seconds is not None:
            started = time.monotonic() + 60
            size = history_size(run)
            while process.poll() is None and history_size(run) == size:
                assert time.monotonic() < started
                time.sleep(0.005)
            time.sleep(seconds)
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
        _, errors = process.communicate(timeout=120)
        assert b"Traceback" not in errors, errors
        return process.returncode

    codes = [command(rng.uniform(0, 0.5)) for _ in range(6)]
    assert -signal.SIGKILL in codes
    assert command(None) == 0
    assert not [path for path in run.rglob("*") if path.name.startswith((".chainrule", ".model"))]
    whole = dataclasses.replace(on(template / "things.csv", OPTIONS), epochs=60)
    with TrainingRun.start(whole, tmp_path / "whole") as project:
        train_all(project)
    same_runs(run, tmp_path / "whole")


def history_size(run: Path) -> int:
    return sum(path.stat().st_size for path in run.rglob("history.jsonl"))
