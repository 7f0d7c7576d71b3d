"""Where a command's result goes: the terminal, a pipe, or a file, written whole or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from chainrule.errors import OptionError, UnknownNameError

__all__ = [
    "FORMATS",
    "check_output",
    "chosen_format",
    "decimals",
    "deliver",
    "printable",
    "short",
]

FORMATS = {
    "text": (".txt",),
    "json": (".json",),
    "latex": (".tex",),
    "html": (".html", ".htm"),
    "svg": (".svg",),
    "png": (".png",),
}


def chosen_format(asked: str | None, file: Path | None) -> str:
    """The format asked for, else the one the file's name ends in, else text."""
    if asked is not None:
        if asked not in FORMATS:
            raise UnknownNameError("format", asked, FORMATS)
        return asked
    if file is None:
        return "text"
    return next((name for name, ends in FORMATS.items() if file.suffix.lower() in ends), "text")


def decimals(value: float, places: int) -> str:
    """A number with so many decimal places, unless it is too large to be read that way.

    >>> decimals(0.5, 3), decimals(-2.45e80, 3)
    ('0.500', '-2.45e+80')
    """
    return f"{value:.{places}f}" if abs(value) < 1e6 else f"{value:.4g}"


def check_output(file: Path | None) -> None:
    """Raise OptionError, before any work is done, for a file that cannot be written."""
    if file is not None and (file.is_dir() or not file.parent.is_dir()):
        raise OptionError(
            "output",
            expected="a file in a folder that exists",
            got=str(file),
            remedy="make the folder first, or choose another place",
        )


def deliver(result: str | bytes, file: Path | None) -> None:
    """Print a result, or write it to `file` and say so on the error stream."""
    if isinstance(result, str) and not result.endswith("\n"):
        result += "\n"
    if file is None:
        sys.stdout.write(result if isinstance(result, str) else result.decode())
        return
    from chainrule.train.storage.atomic import write

    check_output(file)
    # what came as bytes that are no text, in an argument, cannot be written as UTF-8
    content = result.encode(errors="replace") if isinstance(result, str) else result
    try:
        if file.exists() and not file.is_file():  # /dev/stdout, a named pipe: nothing to replace
            with file.open("wb") as stream:
                stream.write(content)
        else:
            write(Path(os.path.realpath(file)), content)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OptionError(
            "output",
            expected="a file that can be written",
            got=f"{file} ({error.strerror or error})",
            remedy="choose another place",
        ) from None
    print(f"wrote {short(file)}", file=sys.stderr)


def printable(text: str) -> str:
    r"""`text` on one line, with what would command a terminal made visible.

    >>> printable("a\tb\n\x1b[31mred")
    'a b \\x1b[31mred'
    """
    words = " ".join(text.split())
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in words)


def short(path: str | Path) -> str:
    """A path as people would type it: from the working folder where it lies in there."""
    try:
        found = os.path.relpath(path)
    except (OSError, ValueError):  # a working folder that is gone, another drive
        return printable(str(path))
    return printable(str(path) if found.startswith(os.pardir) else found)
