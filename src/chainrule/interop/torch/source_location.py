"""The location of an operation in the user's module, from the metadata that `torch.export` adds."""

# pyright: reportMissingImports=false
# (PyTorch is an extra: types are checked without it)
from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import torch

from chainrule.interop.torch.recording import Location

__all__ = ["is_user_file", "location", "source_line"]

_FRAME = re.compile(r'File "(?P<file>.+?)", line (?P<line>\d+), in .*\n\s*(?P<code>.*)')
_LIBRARIES = (torch.__path__[0], os.path.dirname(os.__file__))


def is_user_file(file: str) -> bool:
    """Whether a file belongs neither to PyTorch nor to Python, and is no generated code."""
    internal = file.startswith((_LIBRARIES[0], "<"))
    return not internal and ("site-packages" in file or not file.startswith(_LIBRARIES[1]))


def source_line(file: str, number: int | str | None, code: str | None) -> str:
    """A line of source in the form `net.py:12: y = f(x)`."""
    return f"{Path(file).name}:{number}: {(code or '').strip()}"


def location(node: Any, default: Location | None = None) -> Location:
    """The innermost submodule of an operation, and the user's line that called it.

    The second use of a submodule has the path `fc@2`.
    """
    stack = list((node.meta.get("nn_module_stack") or {}).items())
    if not stack:
        return default or Location("", "", _line(node))
    key, (path, kind) = stack[-1]
    name = kind if isinstance(kind, str) else kind.__name__
    reuse = key.rpartition("@")[2] if "@" in key else ""
    path = f"{path}@{int(reuse) + 1}" if reuse.isdigit() else path
    return Location(path, name.rpartition(".")[2], _line(node))


def _line(node: Any) -> str:
    frames = list(_FRAME.finditer(node.meta.get("stack_trace") or ""))
    frames = [frame for frame in frames if is_user_file(frame["file"])] or frames
    if not frames:
        return ""
    innermost = frames[-1]
    return source_line(innermost["file"], innermost["line"], innermost["code"])
