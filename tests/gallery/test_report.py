"""Every example in every form."""

from __future__ import annotations

import json
import math
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from chainrule import gallery
from gallery.worked import worked

NAMES = gallery.names()

KINDS = ("paragraph", "table", "plot", "derivation")


@pytest.mark.parametrize("name", NAMES)
def test_text_fits_a_terminal(name):
    text = str(worked(name))
    assert max(map(len, text.splitlines())) <= 80
    assert text.startswith(f"{name}: ")
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "\n\n\n" not in text
    assert "\x1b" not in text
    assert not any(line != line.rstrip() for line in text.splitlines())
    assert "FORWARD PASS" in text
    assert "BACKWARD PASS" in text


@pytest.mark.parametrize("name", NAMES)
def test_json_keeps_the_contract(name):
    found = json.loads(worked(name).to_json())
    assert found == worked(name).to_dict()
    assert list(found)[:5] == ["output", "value", "nodes", "gradients", "updates"]
    assert found["example"] == name
    for node in found["nodes"]:
        assert {"name", "op", "formula", "value", "gradient", "local", "contributions"} <= set(node)
        assert math.isfinite(node["value"])
        assert math.isfinite(node["gradient"])
    for update in found["updates"].values():
        new = update["old"] - update["learning_rate"] * update["gradient"]
        assert update["new"] == pytest.approx(new, rel=1e-15)
    assert all(block["kind"] in KINDS for block in found["report"])


@pytest.mark.parametrize("name", NAMES)
def test_latex(name):
    whole, part = worked(name).to_latex(), worked(name).to_latex(document=False)
    assert whole.startswith("\\documentclass")
    assert whole.rstrip().endswith("\\end{document}")
    assert "documentclass" not in part
    assert "\\usepackage" not in part.replace("% needs \\usepackage{amsmath}", "")
    assert whole.isascii()
    assert whole.count("\\begin{") == whole.count("\\end{")


class Balance(HTMLParser):
    """Fails on a tag that is closed out of turn."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", NAMES)
def test_svg(name):
    drawing = worked(name).to_svg()
    assert ElementTree.fromstring(drawing).get("role") == "img"
    assert f"{name}: " in drawing
    assert drawing == worked(name).to_svg()


@pytest.mark.parametrize("name", NAMES)
def test_html(name):
    html = worked(name)._repr_html_()
    parser = Balance()
    parser.feed(html)
    assert parser.open == []
    assert "<script" not in html
    assert "http" not in html.replace("http://www.w3.org/1998/Math/MathML", "")
