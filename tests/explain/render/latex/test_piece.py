"""Lines of LaTeX pieces: broken before signs, set smaller where they do not fit."""

from __future__ import annotations

from chainrule.explain.render.latex.formula import chunks
from chainrule.explain.render.latex.notation import LatexNumbers
from chainrule.explain.render.latex.piece import Piece, lines_of
from chainrule.formula import Symbol
from chainrule.formula.numbers import NumberStyle, NumberWriter


def test_lines_are_broken_before_signs():
    x, y = Symbol("x"), Symbol("y")
    terms = chunks(x + y - x * y + 3, LatexNumbers(NumberWriter(NumberStyle())))
    assert [term.code for term in terms] == ["x", "+ y", r"- x \cdot y", "+ 3"]
    lines = lines_of(terms, width=terms[2].width + 0.1)
    assert [line.code for line in lines] == ["x + y", r"- x \cdot y", "+ 3"]


def test_a_piece_wider_than_a_line_is_set_smaller():
    (line,) = lines_of([Piece("x" * 100, 50.0)], width=40.0)
    assert line.code == "\\text{\\scriptsize$\\displaystyle " + "x" * 100 + "$}"
    assert line.width == 37.5
