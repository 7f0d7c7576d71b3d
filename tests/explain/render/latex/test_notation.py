"""Names, numbers and plain text in LaTeX."""

from __future__ import annotations

import pytest

from chainrule.explain.render.latex.notation import LatexNumbers, escape, name
from chainrule.formula.numbers import NumberStyle, NumberWriter


@pytest.mark.parametrize(
    ("written", "typeset"),
    [
        ("x", "x"),
        ("w5", "w_{5}"),
        ("f12", "f_{12}"),
        ("net_h1", r"\mathit{net}_{\mathit{h1}}"),
        ("E_total", r"E_{\mathit{total}}"),
        ("h1_2", "h_{1,2}"),
        ("theta", r"\theta"),
        ("theta_1", r"\theta_{1}"),
        ("σ", r"\sigma"),
        ("ε", r"\varepsilon"),
        ("h1[5]", "h_{1}[5]"),
        ("layers.0.weight[5, 30]", r"\mathit{layers.0.weight}[5, 30]"),
        ("z2[_pos]", r"z_{2}\text{[\_pos]}"),
        ("a1[3, day (a_b)]", r"a_{1}\text{[3, day (a\_b)]}"),
        ("height [cm]", r"\text{\itshape height [cm]}"),
        ("_x", r"\text{\itshape \_x}"),
        ("a b", r"\text{\itshape a b}"),
        ("x%", r"\text{\itshape x\%}"),
    ],
)
def test_names(written, typeset):
    assert name(written) == typeset


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("w₁·x⁻²", r"w$_{1}$$\cdot$x$^{-}$$^{2}$"),
        ("½·xᵀ ÷ √y", r"$\tfrac12$$\cdot$x$^{\mathsf T}$ $\div$ $\surd$y"),
        (r"\{}", r"\textbackslash{}\{\}"),
        ("#$%&_", r"\#\$\%\&\_"),
        ("~^<>|", r"\textasciitilde{}\textasciicircum{}\textless{}\textgreater{}\textbar{}"),
        ("Poincaré naïve Dvořák", "Poincar\\'{e} na\\\"{\\i}ve Dvo\\v{r}\\'{a}k"),
        ("α", r"$\alpha$"),
        ("日\n", "U+65E5 "),
        (
            "‖∇L‖ ≈ 1 ± 0.1 µm at 20 °C",
            r"$\Vert$$\nabla$L$\Vert$ $\approx$ 1 $\pm$ 0.1 $\mu$m at 20 $^{\circ}$C",
        ),
        ("W̃ ≤ ¼ → x̸", r"\~{W} $\le$ $\tfrac14$ $\to$ xU+0338"),
    ],
)
def test_escapes(text, escaped):
    assert escape(text) == escaped


@pytest.mark.parametrize(
    ("value", "typeset"),
    [(0.5, "0.5"), (-0.00001234, r"-1.234 \cdot 10^{-5}"), (1e20, r"1 \cdot 10^{20}")],
)
def test_numbers(value, typeset):
    assert LatexNumbers(NumberWriter(NumberStyle()))(value) == typeset


def test_powers_of_ten_in_a_sentence_are_as_in_an_equation():
    assert escape("at most 1.38·10⁻⁵ and −2,5·10¹²") == (
        r"at most $1.38 \cdot 10^{-5}$ and $-$$2{,}5 \cdot 10^{12}$"
    )
    assert escape("sum of gradient² · 10") == r"sum of gradient$^{2}$ $\cdot$ 10"
