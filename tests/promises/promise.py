"""Promises kept in files, one entry a line, so that a change of them reads well as a diff."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

__all__ = ["check", "promised", "write"]

FOLDER = Path(__file__).parent

Entries = Mapping[str, str]
"""What is promised, by its public name: a signature, a type, or what an option takes."""


def promised(name: str) -> dict[str, str]:
    """The promise as it was written down."""
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


def write(name: str, found: Entries) -> None:
    """Write the promise down anew."""
    text = json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True)
    (FOLDER / f"{name}.json").write_text(text + "\n", "utf-8")


def check(name: str, found: Entries) -> None:
    """AssertionError that says what changed, and what to do where that was meant."""
    before = promised(name)
    lines = [
        *(f"  gone     {key}  {before[key]}" for key in sorted(before.keys() - found.keys())),
        *(f"  new      {key}  {found[key]}" for key in sorted(found.keys() - before.keys())),
        *(
            f"  changed  {key}\n    from   {before[key]}\n    to     {found[key]}"
            for key in sorted(before.keys() & found.keys())
            if before[key] != found[key]
        ),
    ]
    assert not lines, "\n".join(
        [
            f"this is not what tests/promises/{name}.json promises to those who use chainrule:",
            *lines,
            "If that was not meant, mend it. If it was, say so in CHANGELOG.md and commit with it",
            f"the promise renewed by `python tests/promises/renew.py {name}`.",
        ]
    )
