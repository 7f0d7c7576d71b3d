"""`chainrule` run by a call, in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

import chainrule.cli
from chainrule.engine.jit import kernel_disk_cache
from chainrule.train.runs.tables import table_domain
from cli.command import Done

Call = Callable[..., Done]


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> Call:
    """A function that runs `main` in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    # no notice where kernels have to be compiled first
    monkeypatch.setattr(kernel_disk_cache, "say_once", lambda line: None)

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
    every = table_domain.run_figures
    monkeypatch.setattr(table_domain, "run_figures", lambda *run: islice(every(*run), 1))
