"""Pages of derivations and reports: self-contained, with every name escaped."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

import chainrule as cr
from chainrule import gallery
from chainrule.errors import OptionError
from chainrule.explain import explain
from chainrule.explain.render.html import document
from explain.stories import STORIES

EVIL = [
    "<script>alert(1)</script>",
    "</script><b>",
    "<!--",
    "</style>",
    "'\"&amp;",
    "a->b",
    "\u2028 ${x}",
]


@pytest.fixture(scope="module")
def explanations():
    return {name: story() for name, story in STORIES.items()}


@pytest.fixture(scope="module")
def pages(explanations):
    return {name: explanation.to_html() for name, explanation in explanations.items()}


@pytest.fixture(params=STORIES)
def page(request, pages):
    return pages[request.param]


def main_of(page: str) -> ElementTree.Element:
    return ElementTree.fromstring(page[page.index("<main>") : page.index("</main>") + 7])


def script_data(page: str) -> dict:
    (text,) = re.findall(r'<script type="application/json" id="story">(.*?)</script>', page)
    return json.loads(text)


def test_no_name_is_a_control():
    name = "a\x1b(31m\x07\x9b\u202eb\ud800"
    x = cr.variable(2.0, name)
    page = cr.explain((x * x).named(f"{name}_1"), title=name).to_html()
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ud800]", page)
    shown = "a\ufffd(31m\ufffd\ufffd\ufffdb\ufffd"
    assert {shown, f"{shown}_1"} <= set(re.findall(r'data-node="([^"]*)"', page))
    assert shown in json.dumps(script_data(page), ensure_ascii=False)


def test_it_is_well_formed(page):
    assert page.startswith('<!doctype html>\n<html lang="en">')
    assert page.endswith("</html>\n")
    main = main_of(page)
    ids = [element.get("id") for element in main.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in main.iter():
        assert not any(name.startswith("on") for name in element.keys())  # noqa: SIM118
        assert "style" not in element.keys(), "the policy forbids it"  # noqa: SIM118


def test_it_loads_nothing(page):
    bare = page.replace("http://www.w3.org/2000/svg", "").replace(
        '<link rel="icon" href="data:,">', ""
    )
    bare = bare.replace("img-src data:", "")
    for word in ("http:", "https:", "src=", "href=", "@import", "@font-face", "data:,", "fetch("):
        assert word not in bare
    assert set(re.findall(r"url\((.)", bare)) <= {"#"}, "only the arrow heads of the drawing"


def test_its_policy_names_its_style_and_script_by_their_hashes(page):
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert set(rules) == {
        "default-src",
        "style-src",
        "script-src",
        "img-src",
        "base-uri",
        "form-action",
    }
    for tag in ("style", "script"):
        (inline,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = b64encode(sha256(inline.encode()).digest()).decode()
        assert rules[f"{tag}-src"] == f"'sha256-{digest}'"
    assert page.count("<style") == 1


@pytest.mark.parametrize("name", STORIES)
def test_every_operation_is_a_step(name, explanations, pages):
    d = explanations[name].derivation
    phases = [step["phase"] for step in script_data(pages[name])["steps"]]
    computed = [step for step in d.forward if not step.leaf]
    assert phases == (
        ["given"] * any(step.leaf for step in d.forward)
        + ["loss" if step.name == d.output else "forward" for step in computed]
        + ["backward"] * len(d.backward)
        + ["update"] * len(d.updates)
    )
    items = main_of(pages[name]).findall(".//li[@class='step']")
    assert [item.get("data-phase") for item in items] == phases


@pytest.mark.parametrize("name", STORIES)
def test_steps_refer_to_nodes_and_edges_of_the_drawing(name, pages):
    main = main_of(pages[name])
    drawn = {e.get("data-node") for e in main.iter()} | {e.get("data-edge") for e in main.iter()}
    for step in script_data(pages[name])["steps"]:
        assert {step["about"], *step["nodes"]} - {""} <= drawn
        assert {f"{source}->{consumer}" for source, consumer in step["edges"]} <= drawn


def test_long_lists_are_folded():
    values = {f"v{i}": float(i) for i in range(40)}
    names = cr.variables(**values)
    total = sum(names[1:], names[0] * 2.0).named("total")
    main = main_of(explain(total, steps="names").to_html())
    assert len(main.findall(".//ul[@class='given']/li")) == 40
    assert len(main.findall(".//details/ul[@class='given']/li")) == 16


def test_names_are_escaped(pages):
    page = pages["strange_names"]
    assert "<title>50 % of &lt;b&gt;αβ&lt;/b&gt;_{x} &amp; 100 $ …</title>" in page
    assert page.count("<script") == page.count("</script>") == 2
    assert "alert(1)</script>" not in page


@pytest.mark.parametrize("name", EVIL)
def test_every_name_is_escaped(name):
    x = cr.variable(2.0, name)
    page = explain((x * x).named(f"{name}!"), learning_rate=1.0, title=f"]]>{name}").to_html()

    class Tags(HTMLParser):
        found: list[str] = []  # noqa: RUF012

        def handle_starttag(self, tag, attrs):
            self.found.append(tag)

        def handle_comment(self, data):
            raise AssertionError("a comment")

    tags = Tags()
    tags.found = []
    tags.feed(page)
    assert tags.found.count("script") == 2
    assert tags.found.count("style") == tags.found.count("h1") == 1
    assert "b" not in tags.found
    main = main_of(page)
    assert name in {e.get("data-node") for e in main.iter()}
    assert script_data(page)["steps"][1]["edges"] == [[name, f"{name}!"]]
    assert name in "".join(main.itertext())


def test_a_page_that_is_too_large(monkeypatch, explanations):
    monkeypatch.setattr(document, "LARGEST", 50_000)
    with pytest.raises(OptionError, match=r"page: expected at most 0.05 MB of HTML, got .* wrt"):
        explanations["gates"].to_html()


def test_requested_paths_are_listed_with_their_shares():
    x, y = cr.variables(x=2.0, y=-3.0)
    f = (x * y + (x + y) * x).named("f")
    main = main_of(explain(f, wrt="x", paths=2).to_html())
    (found,) = main.findall(".//details[@class='chain']")
    text = " ".join("".join(found.itertext()).split())
    assert found.get("open") is not None
    assert "Along the 3 paths from the output, the 2 largest" in text
    assert "All positive ones together 2, all negative ones −4." in text
    assert "150 % of the gradient" in text
    assert "the other 1 together" in text


def test_reports_are_pages_too():
    report = gallery.get("add-multiply").work()
    page = report.to_html()
    main = main_of(page)
    assert "<title>add-multiply</title>" in page
    assert len(main.findall("section[@class='walk']")) == 1
    assert main.findall("p"), "the text around it"
    assert len(script_data(page)["steps"]) == 8


def test_a_derivation_without_a_title_has_one(pages):
    assert "<title>Where the gradient of f comes from</title>" in pages["tie"]
