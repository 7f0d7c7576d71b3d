"""`chainrule` called in this process, in a folder, for what it prints."""

from __future__ import annotations

import contextlib
import io
import re
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

import matplotlib.figure
import typer.main

__all__ = ["called"]


def called(folder: Path, *words: object) -> str:
    """What the command prints; its errors are raised.  Pictures are left empty: they take long."""
    tree: Any = typer.main.get_command(import_module("chainrule.cli.main").command_line())
    out, aside = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(aside),
        patch.object(matplotlib.figure.Figure, "savefig"),
    ):
        code = tree.main([str(word) for word in words], standalone_mode=False)
    assert code in (None, 0), aside.getvalue()
    return re.sub(r"[ ]+$", "", out.getvalue(), flags=re.MULTILINE)
