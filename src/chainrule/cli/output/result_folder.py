"""The folder that a measurement writes into."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile

from chainrule.cli.output.destination import short
from chainrule.errors import OptionError

__all__ = ["make_ready", "write_all"]


def make_ready(folder: Path) -> None:
    """Raise OptionError for one that cannot be written: half an hour later it would be too late."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OptionError(
            "output",
            expected="a folder that can be written",
            got=f"{folder} ({error.strerror})",
            remedy="choose another place",
        ) from None


def write_all(folder: Path, files: Mapping[str, str]) -> None:
    """Write texts by the names of their files, and say so."""
    from chainrule.train.storage.atomic import write

    for name, text in files.items():
        write(folder / name, text.encode())
    print(f"wrote {', '.join(files)} in {short(folder)}", file=sys.stderr)
