"""Reports as HTML."""

from __future__ import annotations

from chainrule.gallery import Paragraph, Plot, Series, Table
from gallery.worked import report_of


def test_html_is_escaped():
    found = report_of(Table("<b>", ("a & b",), (("<script>",),)))._repr_html_()
    assert "<script>" not in found
    assert "&lt;b&gt;" in found
    assert "a &amp; b" in found


def test_a_flat_curve_can_be_drawn():
    curve = Series("f", (0.0, 1.0), (2.0, 2.0))
    assert "polyline" in report_of(Plot("Flat", "x", "y", (curve,)))._repr_html_()


def test_numbers_in_words_have_true_minus_signs():
    found = report_of(
        Paragraph("From -0.5 to (-1, 2) - 3, a 2-2-1 network."),
        Table("At -1:", ("start",), (("uniform(-0.1, 1)",), ("cross-entropy",))),
    )
    for form in (found._repr_html_(), found.to_html()):
        assert "From −0.5 to (−1, 2) − 3, a 2-2-1 network." in form
        assert "At −1:" in form
        assert "uniform(−0.1, 1)" in form
        assert "cross-entropy" in form
