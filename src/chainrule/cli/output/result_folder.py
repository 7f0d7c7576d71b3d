"""The folder into which `chainrule bench` writes its results."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile

from chainrule.cli.output.formatting import short_path
from chainrule.errors import OptionError

__all__ = ["prepare_folder", "write_files"]


def prepare_folder(folder: Path) -> None:
    """Create the folder, and raise OptionError before the measurement if it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from None


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write files, given as text by name, and say so on standard error."""
    from chainrule.train.storage import atomic

    try:
        for name, text in files.items():
            atomic.write(folder / name, text.encode())
    except OSError as error:
        raise _unwritable(folder, error) from None
    print(f"wrote {', '.join(files)} in {short_path(folder)}", file=sys.stderr)


def _unwritable(folder: Path, error: OSError) -> OptionError:
    return OptionError(
        "output",
        expected="a folder that can be written",
        got=f"{folder} ({error.strerror})",
        remedy="choose another place",
    )
