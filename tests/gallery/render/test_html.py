"""Reports as HTML."""

from __future__ import annotations

from chainrule.gallery import Plot, Series, Table
from gallery.worked import report_of


def test_html_is_escaped():
    found = report_of(Table("<b>", ("a & b",), (("<script>",),)))._repr_html_()
    assert "<script>" not in found
    assert "&lt;b&gt;" in found
    assert "a &amp; b" in found


def test_a_flat_curve_can_be_drawn():
    curve = Series("f", (0.0, 1.0), (2.0, 2.0))
    assert "polyline" in report_of(Plot("Flat", "x", "y", (curve,)))._repr_html_()
