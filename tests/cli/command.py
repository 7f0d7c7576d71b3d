"""`chainrule` as a process."""

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
        """The one line of a mistake; and that it was one, with code 2 and nothing printed."""
        assert self.code == 2, self
        assert self.out == ""
        assert self.err.count("\n") == 1
        assert self.err.endswith("\n")
        assert self.err.startswith("chainrule: ")
        return self.err.strip()


def environment(**changes: str | None) -> dict[str, str]:
    """This process's, with no terminal's habits; None takes a variable away."""
    habits = ("COLUMNS", "FORCE_COLOR", "NO_COLOR", "PYTHONUNBUFFERED")
    changed = {**dict.fromkeys(habits), "OPENBLAS_NUM_THREADS": "1", **changes}
    return {k: v for k, v in {**os.environ, **changed}.items() if v is not None}


def spawn(*words: str, env: dict[str, str] | None = None, **options: Any) -> subprocess.Popen[str]:
    """A process under way."""
    command = [sys.executable, "-m", "chainrule", *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    return subprocess.Popen(command, env=env or environment(), **{**pipes, **options})


def process(*words: str, **options: Any) -> Done:
    """A process from start to end."""
    with spawn(*words, **options) as started:
        out, err = started.communicate(timeout=100)
    return Done(started.returncode, out or "", err or "")
