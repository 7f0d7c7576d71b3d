"""Examples worked once for all tests that read them, their tables, and reports of given blocks."""

from __future__ import annotations

from functools import cache
from typing import Any

from chainrule import gallery
from chainrule.gallery import Block, Report

SHORT = {"long-memory": {"rows": 50, "epochs": 1}}
"""What shortens the examples that train for seconds."""


@cache
def worked(name: str) -> Report:
    """The report of an example with its own inputs, but for the length of a training."""
    return gallery.get(name).work(SHORT.get(name))


def table(report: Report, words: str) -> dict[str, Any]:
    """The first table of a report with these words in its caption."""
    blocks = report.to_dict()["report"]
    tables = [block for block in blocks if block["kind"] == "table"]
    return next(found for found in tables if words in found["caption"])


def report_of(*blocks: Block) -> Report:
    """A report of these blocks, for tests of renderers."""
    return Report("name", "a title", blocks, worked("add-multiply").main)
