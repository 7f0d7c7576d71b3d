"""The destination of a command's result: standard output, or a file that is written atomically."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from chainrule.cli.output.formatting import harmless, short_path
from chainrule.errors import OptionError, UnknownNameError

__all__ = [
    "FORMATS",
    "check_output",
    "choose_format",
    "write_result",
]

FORMATS = {
    "text": (".txt",),
    "json": (".json",),
    "latex": (".tex",),
    "html": (".html", ".htm"),
    "svg": (".svg",),
    "png": (".png",),
}


def choose_format(requested: str | None, file: Path | None) -> str:
    """The requested format, otherwise that of the file's suffix, otherwise text."""
    if requested is not None:
        if requested not in FORMATS:
            raise UnknownNameError("format", requested, FORMATS)
        return requested
    if file is None:
        return "text"
    suffix = file.suffix.lower()
    return next((name for name, suffixes in FORMATS.items() if suffix in suffixes), "text")


def check_output(file: Path | None) -> None:
    """Raise OptionError, before any work, if `file` is a folder or its folder does not exist."""
    if file is not None and (file.is_dir() or not file.parent.is_dir()):
        raise OptionError(
            "output",
            expected="a file in a folder that exists",
            got=str(file),
            remedy="make the folder first, or choose another place",
        )


def write_result(result: str | bytes, file: Path | None) -> None:
    """Print a result, or write it to `file` and say so on standard error."""
    if isinstance(result, str) and not result.endswith("\n"):
        result += "\n"
    if file is None:
        text = result if isinstance(result, str) else result.decode()
        # names come from files: what a terminal would obey is shown as an escape
        shown = harmless(text)
        sys.stdout.write(shown)
        if shown != text and text[:1] not in "{[":  # in JSON they mean the same
            print(
                "note: control characters are shown as escapes; -o FILE or --json keeps them",
                file=sys.stderr,
            )
        return
    from chainrule.train.storage.atomic import write

    check_output(file)
    # arguments that are not UTF-8 come as surrogates, which cannot be encoded
    content = result.encode(errors="replace") if isinstance(result, str) else result
    try:
        if file.exists() and not file.is_file():  # /dev/stdout or a named pipe: not replaceable
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
    print(f"wrote {short_path(file)}", file=sys.stderr)
