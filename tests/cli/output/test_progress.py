"""Progress is a bar in a terminal, and lines in a dumb terminal or a pipe."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chainrule.cli.output import progress
from chainrule.train.loop.history import EpochRecord
from cli.command import environment, process

pytestmark = pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals")

WORDS = ("train", "iris", "--epochs=150", "--patience=0", "--validation-fraction=0.1")


def in_terminal(folder: Path, columns: int, **changes: str) -> str:
    """Everything that `chainrule train` writes to a terminal of this width."""
    import fcntl
    import pty
    import struct
    import termios

    mine, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    command = [sys.executable, "-m", "chainrule", *WORDS, "--run=run"]
    env = environment(**{"TERM": "xterm", **changes})
    with subprocess.Popen(command, cwd=folder, stdout=theirs, stderr=theirs, env=env) as started:
        os.close(theirs)
        content = b""
        while True:
            try:
                part = os.read(mine, 65536)
            except OSError:  # the other end was closed
                break
            if not part:
                break
            content += part
    os.close(mine)
    assert started.returncode == 0
    return content.decode()


@pytest.mark.parametrize("columns", [80, 40])
def test_a_bar(tmp_path: Path, columns: int):
    content = in_terminal(tmp_path, columns)
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", content)
    progress = [line for line in re.split(r"[\r\n]+", plain) if line.startswith("epoch")]
    assert len(progress) > 2
    assert max(map(len, progress)) <= columns
    assert not any("…" in line for line in progress)
    assert "/150" in progress[1]
    assert ("val. accuracy" in plain) == (columns == 80)
    report = plain[plain.index("iris: 150 rows") :]
    assert "trained 150 epochs" in report
    assert content.endswith("picture  run/figures/reliability.png\r\n")
    assert "\x1b[?25h" in content  # the cursor is back


def test_a_dumb_terminal_gets_lines(tmp_path: Path):
    content = in_terminal(tmp_path, 80, TERM="dumb")
    assert "\x1b" not in content
    assert "epoch 15/150  loss " in content


def test_a_pipe_gets_some_lines(tmp_path: Path):
    done = process(*WORDS, cwd=tmp_path)
    lines = [line for line in done.err.splitlines() if line.startswith("epoch ")]
    assert len(lines) == 10
    assert lines[-1].startswith("epoch 150/150  loss ")
    assert " validation accuracy " in lines[-1]
    assert "\x1b" not in done.err


def test_a_metric_that_is_not_defined_is_not_shown(capsys):
    """R² of a single validation row."""
    shown = progress._line_printer(epochs=1, metric="R²")
    shown(EpochRecord(1, 1, 0.5, 0.1, 1.0, validation_loss=0.25, validation_metric=math.nan))
    assert capsys.readouterr().err == "epoch 1/1  loss 0.5\n"
