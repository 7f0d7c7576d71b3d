"""HTML fragments for notebooks: well formed, self-contained, with every name escaped."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from chainrule.explain import explain, read
from chainrule.formula.numbers import NumberStyle, NumberWriter
from explain.stories import STORIES


@pytest.fixture(params=STORIES)
def page(request):
    return STORIES[request.param]()._repr_html_()


def test_it_is_well_formed(page):
    root = ElementTree.fromstring(page)
    assert root.tag == "div"
    assert root.get("class") == "chainrule"


def test_it_loads_nothing(page):
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


def test_colours_are_not_the_only_sign(page):
    titles = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', page)
    assert {"value", "gradient", "product"} <= set(titles)


def test_names_are_escaped():
    page = STORIES["strange_names"]()._repr_html_()
    assert "<script" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "50 % of &lt;b&gt;αβ&lt;/b&gt;_{x} &amp; 100 $ …" in page


def test_every_step_is_shown():
    explanation = STORIES["gates"]()
    page = explanation._repr_html_()
    heads = re.findall(r"<h4>(.*?)</h4>", page)
    assert heads == ["Given", "Forward pass", "Backward pass", "Chain rule", "Update"]
    text = " ".join(ElementTree.fromstring(page).itertext())
    for step in explanation.derivation.forward:
        assert shown_number(step.value) in text
    for back in explanation.derivation.backward:
        assert shown_number(back.gradient) in text
        for c in back.contributions:
            assert shown_number(c.product) in text
    assert text.count("is a sum over") == len(
        [c for c in explanation.derivation.chains if c.count > 1]
    )


def shown_number(value: float) -> str:
    return NumberWriter(NumberStyle(9))(value).replace("-", "−")


def test_powers_of_ten_are_raised():
    page = explain(read("f = x * x", {"x": 3e-7}))._repr_html_()
    assert "9·10<sup>−14</sup>" in page


def test_notes_are_shown():
    assert "a tie: each operand of max" in STORIES["tie"]()._repr_html_()
    constant = explain(read("f = relu(x) * y", {"x": -1, "y": 2}))._repr_html_()
    assert "where the backward pass starts" in constant
