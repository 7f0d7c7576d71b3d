"""`chainrule` run by a call, in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

import chainrule.cli
from chainrule.cli.output import progress
from chainrule.train.runs import training_run
from cli.command import Done

Call = Callable[..., Done]


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> Call:
    """A function that runs `main` in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    # no notice where the engine has to be compiled first
    monkeypatch.setattr(progress, "PATIENCE", 1e6)

    def call(*words: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["chainrule", *map(str, words)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            chainrule.cli.main()
        out, err = capfd.readouterr()
        return Done(int(ended.value.code or 0), out, err)

    return call


@pytest.fixture
def one_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the figures of a run only the loss is drawn: the others take longer than training does."""
    every = training_run.run_figures
    monkeypatch.setattr(training_run, "run_figures", lambda *run: islice(every(*run), 1))
