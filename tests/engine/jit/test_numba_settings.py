"""An environment variable that Numba cannot use is named in one line, never in a traceback."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SOURCE = "import chainrule.cli as c, sys; sys.argv = ['chainrule', *sys.argv[1:]]; c.main()"


def command(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SOURCE, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NUMBA_NUM_THREADS", "abc"),
        ("NUMBA_NUM_THREADS", "0"),
        ("NUMBA_NUM_THREADS", "-1"),
        ("NUMBA_OPT", "9"),
        ("NUMBA_DEBUG", "x"),
        ("NUMBA_CPU_FEATURES", "zzz"),
    ],
)
def test_what_numba_cannot_use_is_said_in_one_line(name, value, tmp_path):
    folder = str(tmp_path / "run")
    done = command("train", "iris", "--epochs", "1", "-o", folder, **{name: value})
    assert done.returncode != 0
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"chainrule: {name}: expected ")
    assert line.endswith(f"got {value!r}; unset it, or correct it")


def test_what_needs_no_compiled_code_does_not_ask_for_it():
    done = command("explain", "x*y", "x=2", "y=3", NUMBA_NUM_THREADS="abc")
    assert (done.returncode, done.stderr) == (0, "")
