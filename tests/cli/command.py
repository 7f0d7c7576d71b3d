"""`chainrule` run as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

__all__ = ["Done", "environment", "process", "spawn"]


@dataclass
class Done:
    code: int
    out: str
    err: str

    def refusal(self) -> str:
        """The error line; checks that it is the only output, and that the code is 2."""
        assert self.code == 2, self
        assert self.out == ""
        assert self.err.count("\n") == 1
        assert self.err.endswith("\n")
        assert self.err.startswith("chainrule: ")
        return self.err.strip()


def environment(**changes: str | None) -> dict[str, str]:
    """The variables of this process without those about terminals; None removes a variable."""
    terminal = ("COLUMNS", "FORCE_COLOR", "NO_COLOR", "PYTHONUNBUFFERED")
    changed = {**dict.fromkeys(terminal), "OPENBLAS_NUM_THREADS": "1", **changes}
    return {k: v for k, v in {**os.environ, **changed}.items() if v is not None}


def spawn(*words: str, env: dict[str, str] | None = None, **options: Any) -> subprocess.Popen[str]:
    """Start a process."""
    command = [sys.executable, "-m", "chainrule", *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    return subprocess.Popen(command, env=env or environment(), **{**pipes, **options})


def process(*words: str, **options: Any) -> Done:
    """Run a process to its end."""
    with spawn(*words, **options) as started:
        out, err = started.communicate(timeout=100)
    return Done(started.returncode, out or "", err or "")
