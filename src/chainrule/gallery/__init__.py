"""Worked examples that come with the package: `gallery.get("two-two-two").work()`."""

from chainrule.gallery.blocks import Block, Paragraph, Plot, Series, Table
from chainrule.gallery.example import Example
from chainrule.gallery.registry import examples, get, names
from chainrule.gallery.report import Report

__all__ = [
    "Block",
    "Example",
    "Paragraph",
    "Plot",
    "Report",
    "Series",
    "Table",
    "examples",
    "get",
    "names",
]
