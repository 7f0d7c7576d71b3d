"""Folders that look like a checkout of chainrule."""

from __future__ import annotations

from pathlib import Path

__all__ = ["write_checkout"]


def write_checkout(folder: Path, init: str) -> None:
    """Write a checkout whose package is one file with the text `init`."""
    package = folder / "src" / "chainrule"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(init)
