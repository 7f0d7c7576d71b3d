"""HTML for notebooks: well formed, by itself, and nobody's name is markup."""

from __future__ import annotations

import re
from html import unescape
from xml.etree import ElementTree

import pytest

from chainrule.explain import explain, read
from chainrule.explain.numbers import writer
from chainrule.explain.render.html.mathml import mathml, name, number
from chainrule.graph.formula import AbsoluteValue, Call, Cases, Number, Relation, Root, Symbol, call
from explain.stories import STORIES


@pytest.fixture(params=STORIES)
def page(request):
    return STORIES[request.param]()._repr_html_()


def test_it_is_well_formed(page):
    root = ElementTree.fromstring(page)
    assert root.tag == "div"
    assert root.get("class") == "chainrule"


def test_it_asks_for_nothing(page):
    for word in ("<script", "src=", "href=", "url(", "@import", "http:", "https:", "onclick"):
        assert word not in page


def test_tables_are_rectangles(page):
    for table in ElementTree.fromstring(page).iter("table"):
        width = len(table.findall("thead/tr/th"))
        for body in table.findall("tbody"):
            below = [0] * width
            for row in body.findall("tr"):
                below = [max(0, rows - 1) for rows in below]
                free = iter([i for i, rows in enumerate(below) if not rows])
                for cell in row:
                    for _ in range(int(cell.get("colspan", 1))):
                        below[next(free)] = int(cell.get("rowspan", 1))
                assert next(free, None) is None
            assert all(rows == 1 for rows in below)


def test_its_style_stays_inside(page):
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    rules = re.sub(r"@(media|container)[^{]*\{", "", style)
    for selector in re.findall(r"([^{}]+)\{", rules):
        parts = re.sub(r"\([^)]*\)", "", selector).split(",")
        assert all(part.strip().startswith(".chainrule") for part in parts)
    assert "prefers-color-scheme: dark" in style


def test_colour_is_never_alone(page):
    titles = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', page)
    assert {"value", "gradient", "product"} <= set(titles)


def test_names_are_text():
    page = STORIES["strange_names"]()._repr_html_()
    assert "<script" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "50 % of &lt;b&gt;αβ&lt;/b&gt;_{x} &amp; 100 $ …" in page


def test_all_steps_are_told():
    told = STORIES["gates"]()
    page = told._repr_html_()
    heads = re.findall(r"<h4>(.*?)</h4>", page)
    assert heads == ["Given", "Forward pass", "Backward pass", "Chain rule", "Update"]
    text = " ".join(ElementTree.fromstring(page).itertext())
    for step in told.derivation.forward:
        assert told_number(step.value) in text
    for back in told.derivation.backward:
        assert told_number(back.gradient) in text
        for c in back.contributions:
            assert told_number(c.product) in text
    assert text.count("is a sum over") == len([c for c in told.derivation.chains if c.count > 1])


def told_number(value: float) -> str:
    return writer(9)(value).replace("-", "−")


def test_powers_of_ten_are_raised():
    page = explain(read("f = x * x", {"x": 3e-7}))._repr_html_()
    assert "9·10<sup>−14</sup>" in page


def test_notes_and_dead_ends_are_said():
    assert "a tie: each operand of max" in STORIES["tie"]()._repr_html_()
    constant = explain(read("f = relu(x) * y", {"x": -1, "y": 2}))._repr_html_()
    assert "where the backward pass starts" in constant


x, y = Symbol("x"), Symbol("y")


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        (x + y - 2, "x+y−2"),
        (-(x + y), "−(x+y)"),
        ((x + y) * x, "(x+y)·x"),
        ((-x) ** 2, "(−x)2"),
        ((x * y).substitute({"x": 3, "y": -4}), "3·(−4)"),
        (Root(x + y), "x+y"),
        (AbsoluteValue(x), "|x|"),
        (call("sigmoid", r"\sigma")(x), "σ⁡(x)"),
        (call("log", r"\ln")(x), "ln⁡(x)"),
        (call("relu", r"\operatorname{relu}")(x, y), "relu⁡(x,y)"),
        (Call("f<g", (x,)), "f<g⁡(x)"),
        (Cases(Relation(x, "<", y), x, Number(0.0)), "{xif\u00a0x<y0otherwise"),
        (sum((Symbol(f"x{i}") for i in range(20)), Number(0.0)), "x0+x1+x2+…+x19"),
    ],
)
def test_formulas(formula, shown):
    made = mathml(formula, writer(6))
    assert "".join(ElementTree.fromstring(f"<math>{made}</math>").itertext()) == shown


@pytest.mark.parametrize(
    ("written", "made"),
    [
        ("x", "<mi>x</mi>"),
        ("w5", "<msub><mi>w</mi><mn>5</mn></msub>"),
        ("theta_h1", "<msub><mi>θ</mi><mi>h1</mi></msub>"),
        ("h[5]", "<mrow><mi>h</mi><mtext>[5]</mtext></mrow>"),
        ("a<b", "<mi>a&lt;b</mi>"),
    ],
)
def test_names(written, made):
    assert name(written) == made
    assert unescape(made)


def test_numbers():
    assert number("-0.5") == "<mn>−0.5</mn>"
    power = "<msup><mn>10</mn><mn>−5</mn></msup>"
    assert number("1.5e-05") == f"<mrow><mn>1.5</mn><mo>·</mo>{power}</mrow>"
