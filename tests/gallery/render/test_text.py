"""Reports as text."""

from __future__ import annotations

import unicodedata

from chainrule.gallery import Plot, Series, Table
from gallery.worked import report_of


def test_tables_line_up():
    found = report_of(
        Table("Some numbers:", ("word", "W̃", "n"), (("a", 1.5, 10), ("bcd", -2.25, True)))
    )
    lines = str(found).splitlines()
    assert lines[2:] == [
        "Some numbers:",
        "  word      W̃    n",
        "  ────  ─────  ───",
        "  a      1.50   10",
        "  bcd   -2.25  yes",
    ]
    widths = [sum(not unicodedata.combining(c) for c in line) for line in lines[3:]]
    assert len(set(widths)) == 1


def test_a_plot_marks_its_points():
    curve = Series("f", (0.0, 1.0, 2.0), (0.0, 1.0, 4.0))
    text = str(report_of(Plot("Squares", "x", "y", (curve,))))
    rows = [line.split("│")[1] for line in text.splitlines() if "│" in line]
    assert len(rows) == 15
    cells = [(r, row.index("•")) for r, row in enumerate(rows) if "•" in row]
    assert cells == [(0, 59), (10, 30), (14, 0)]
    assert "• f" in text


def test_a_flat_curve_can_be_drawn():
    curve = Series("f", (0.0, 1.0), (2.0, 2.0))
    found = report_of(Plot("Flat", "x", "y", (curve,)))
    assert str(found).count("•") == 3  # two points and the legend
