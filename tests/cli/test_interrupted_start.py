"""Ctrl-C at any moment of the start of the command leaves no traceback."""

import os
import signal
import time

import pytest

from cli.command import spawn


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("words", [("--version",), ("train", "iris", "--engine", "reference")])
def test_interrupted_while_importing(tmp_path, words):
    began = time.monotonic()
    with spawn(*words, cwd=tmp_path) as whole:
        lines = whole.communicate()[0].count("\n")
    took = min(time.monotonic() - began, 3.0)
    # Python itself takes the first moments, in which nothing of the package runs
    for share in (0.15, 0.25, 0.4, 0.55, 0.7, 0.85):
        with spawn(*words, cwd=tmp_path) as process:
            time.sleep(share * took)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        if "import site" in err or not err:
            continue
        assert "Traceback" not in err, (share, out, err)
        if out.count("\n") == lines:  # all is done; Python itself may end by the signal as it exits
            assert process.returncode in (0, 130, -signal.SIGINT), (share, err)
        else:
            assert process.returncode == 130, (share, out, err)
