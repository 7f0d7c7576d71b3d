"""Reports as LaTeX."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from chainrule import gallery
from chainrule.gallery import Paragraph, Plot, Series, Table
from gallery.worked import report_of, worked

PDFLATEX = shutil.which("pdflatex")

QUICK = [name for name in gallery.names() if not gallery.get(name).trains]


def test_numbers_in_words_have_true_minus_signs():
    found = report_of(
        Paragraph("From -0.5 to (-1, 2) - 3, a 2-2-1 network."),
        Table("At -1:", ("start",), (("uniform(-0.1, 1)",), ("cross-entropy",))),
        Plot("Squares", "x", "y", (Series("f", (-1.0, 2.0), (1.0, 4.0)),)),
    ).to_latex()
    assert "From $-$0.5 to ($-$1, 2) $-$ 3, a 2-2-1 network." in found
    assert "At $-$1:" in found
    assert "uniform($-$0.1, 1)" in found
    assert "cross-entropy" in found
    assert "[l]{$-$1}" in found


def test_a_sentence_about_an_update_has_a_true_minus_sign():
    found = worked("two-two-two").to_latex()
    assert "0.298371109 $-$ learning rate" in found


def test_the_marks_of_a_plot_stand_where_their_points_are():
    """A circle is drawn around the reference point; a box around it would move it aside."""
    curves = [Series(name, (0.0, 1.0), (float(i), 1.0)) for i, name in enumerate("abcdef")]
    found = report_of(Plot("Lines", "x", "y", tuple(curves))).to_latex()
    assert "\\put(300.0,32.0){\\circle*{3}}" in found
    assert "\\put(300.0,32.0){\\circle{4}}" in found
    assert "\\put(300.0,32.0){\\makebox(0,0){$+$}}" in found
    assert not re.search(r"makebox\(0,0\)\{\\circle", found)


@pytest.mark.parametrize("name", QUICK)
def test_every_character_of_an_example_can_be_typeset(name):
    assert re.findall(r"U\+[0-9A-F]{4}", worked(name).to_latex()) == []


@pytest.mark.skipif(PDFLATEX is None, reason="no pdflatex here: structure alone is checked")
@pytest.mark.parametrize("name", QUICK)
def test_examples_compile_and_stay_on_the_page(name, tmp_path):
    (tmp_path / "notes.tex").write_text(worked(name).to_latex(), encoding="utf-8")
    command = [PDFLATEX, "-interaction=nonstopmode", "-halt-on-error", "notes.tex"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace")
    wrong = [line for line in run.stdout.splitlines() if re.match(r"!|Overfull|LaTeX W", line)]
    assert wrong == []
    assert run.returncode == 0
