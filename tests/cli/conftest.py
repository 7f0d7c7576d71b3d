"""`chainrule` as a call."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import chainrule.cli
from chainrule.cli.output import progress
from cli.command import Done

Call = Callable[..., Done]


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> Call:
    """Runs `main` in this process, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    # a machine that has to compile the engine first says so, which is not what is tested here
    monkeypatch.setattr(progress, "PATIENCE", 1e6)

    def call(*words: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["chainrule", *map(str, words)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            chainrule.cli.main()
        out, err = capfd.readouterr()
        return Done(int(ended.value.code or 0), out, err)

    return call
