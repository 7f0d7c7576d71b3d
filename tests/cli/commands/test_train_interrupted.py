"""Ctrl-C and SIGTERM stop training, which is saved and can be resumed."""

from __future__ import annotations

import dataclasses
import os
import signal
from pathlib import Path

import pytest

from chainrule.train.runs.run_config import read_config
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.runs.tables.table_domain import TABLES
from chainrule.train.runs.training_run import TrainingRun
from cli.command import process, spawn

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals")

ENDLESS = ("train", "iris", "--layers", "8", "--epochs", str(10**8), "--run", "run")


def started_training(folder: Path):
    """A process that has finished an epoch, so that the run folder has a history."""
    started = spawn(*ENDLESS, cwd=folder)
    history = folder / "run" / "history.jsonl"
    while not (history.exists() and history.stat().st_size):
        assert started.poll() is None
    return started


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_is_saved_and_resumed(tmp_path: Path, number: signal.Signals):
    with started_training(tmp_path) as started:
        in_use = process("train", "--resume", "run", cwd=tmp_path)
        started.send_signal(number)
        out, err = started.communicate(timeout=60)
    assert "in use by another process" in in_use.refusal()
    assert (started.returncode, out) == (130, "")
    first, second = err.splitlines()[-2:]
    folder = RunFolder.read(tmp_path / "run")
    done = folder.checkpoint().epoch
    assert first == f"stopped in epoch {done + 1}, saved in run"
    assert second == "go on with: chainrule train --resume run"
    assert "Traceback" not in err
    assert len(folder.history()) == done > 0

    with TrainingRun.resume(tmp_path / "run", done + 1) as project:
        assert project.train()
    options = dataclasses.replace(read_config(folder, TABLES)[0], epochs=done + 1)
    with TrainingRun.start(options, tmp_path / "whole") as whole:
        assert whole.train()
    one, other = (p.session.stepper.state().parameters for p in (project, whole))
    assert all(one[name].tobytes() == other[name].tobytes() for name in one)
