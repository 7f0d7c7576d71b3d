"""Where a command's result goes: the terminal, a pipe, or a file, written whole or not at all."""

from __future__ import annotations

import sys
from pathlib import Path

from chainrule.errors import OptionError, UnknownNameError

__all__ = ["FORMATS", "chosen_format", "deliver"]

FORMATS = {"text": (".txt",), "json": (".json",), "latex": (".tex",), "html": (".html", ".htm")}


def chosen_format(asked: str | None, file: Path | None) -> str:
    """The format asked for, else the one the file's name ends in, else text."""
    if asked is not None:
        if asked not in FORMATS:
            raise UnknownNameError("format", asked, FORMATS)
        return asked
    if file is None:
        return "text"
    return next((name for name, ends in FORMATS.items() if file.suffix in ends), "text")


def deliver(text: str, file: Path | None) -> None:
    """Print `text`, or write it to `file` and say so on the error stream."""
    if file is None:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        return
    from chainrule.train.atomic import write

    if file.is_dir() or not file.parent.is_dir():
        raise OptionError(
            "output",
            expected="a file in a folder that exists",
            got=str(file),
            remedy="make the folder first, or choose another place",
        )
    write(file, text.encode())
    print(f"wrote {file}", file=sys.stderr)
