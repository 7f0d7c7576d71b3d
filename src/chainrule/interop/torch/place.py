"""Where in the user's module an operation is, by what `torch.export` wrote beside it."""

# pyright: reportMissingImports=false
# (PyTorch is an extra: types are checked without it)
from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import torch

from chainrule.interop.torch.recording import Place

__all__ = ["line", "of_user", "place"]

_FRAME = re.compile(r'File "(?P<file>.+?)", line (?P<line>\d+), in .*\n\s*(?P<code>.*)')
_LIBRARIES = (torch.__path__[0], os.path.dirname(os.__file__))


def of_user(file: str) -> bool:
    """Whether a file is neither PyTorch's nor Python's own, nor made up while running."""
    theirs = file.startswith((_LIBRARIES[0], "<"))
    return not theirs and ("site-packages" in file or not file.startswith(_LIBRARIES[1]))


def line(file: str, number: int | str | None, code: str | None) -> str:
    """A line of source as it is told: `net.py:12: y = f(x)`."""
    return f"{Path(file).name}:{number}: {(code or '').strip()}"


def place(node: Any, otherwise: Place | None = None) -> Place:
    """The innermost submodule an operation belongs to, and the user's line it comes from.

    The second use of a submodule is told apart from the first: `fc@2`.
    """
    stack = list((node.meta.get("nn_module_stack") or {}).items())
    if not stack:
        return otherwise or Place("", "", _line(node))
    key, (path, kind) = stack[-1]
    name = kind if isinstance(kind, str) else kind.__name__
    again = key.rpartition("@")[2] if "@" in key else ""
    used = f"{path}@{int(again) + 1}" if again.isdigit() else path
    return Place(used, name.rpartition(".")[2], _line(node))


def _line(node: Any) -> str:
    frames = list(_FRAME.finditer(node.meta.get("stack_trace") or ""))
    own = [m for m in frames if of_user(m["file"])] or frames
    return line(own[-1]["file"], own[-1]["line"], own[-1]["code"]) if own else ""
