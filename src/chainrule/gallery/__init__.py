"""Worked examples that come with the package: `gallery.get("two-two-two").work()`.

An example computes blocks of text, tables, plots and derivations for a request; a report renders
them.  New examples belong in `examples`, one subject per file.
"""

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
