"""What every example must do: run, be read, be set, and come in every form."""

import json
import math
import unicodedata
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest

from chainrule import gallery
from chainrule.errors import ExpressionError, OptionError, UnknownNameError
from chainrule.gallery.blocks import Plot, Series, Table
from chainrule.gallery.report import Report

NAMES = [
    "add-multiply",
    "multiply-add",
    "sigmoid-circuit",
    "max-gate",
    "gates",
    "xor",
    "neuron-softmax",
    "two-two-two",
    "two-two-two-nn",
    "two-two-one",
    "two-two-one-nn",
    "vanishing-chain",
    "exploding-chain",
    "dead-relu",
    "zero-init",
    "linear-collapse",
    "approximate",
]

QUICK = [name for name in NAMES if name not in ("approximate", "xor", "zero-init")]
"""Those that do not train for a second; test_experiments looks at the others."""


@pytest.fixture(scope="module")
def reports():
    return {name: gallery.get(name).work() for name in NAMES}


def test_names():
    assert gallery.names() == NAMES
    assert [example.name for example in gallery.examples()] == NAMES


def test_an_unknown_name_is_told_its_neighbours():
    with pytest.raises(UnknownNameError, match="did you mean two-two-two"):
        gallery.get("two-two-to")


@pytest.mark.parametrize("name", NAMES)
def test_summary_is_a_line(name):
    summary = gallery.get(name).summary
    assert 0 < len(summary) <= 60  # beside the name in a list
    assert "\n" not in summary


@pytest.mark.parametrize("name", NAMES)
def test_text_fits_a_terminal(reports, name):
    text = str(reports[name])
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
def test_json_keeps_the_contract(reports, name):
    found = json.loads(reports[name].to_json())
    assert found == reports[name].to_dict()
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


KINDS = ("paragraph", "table", "plot", "derivation")


@pytest.mark.parametrize("name", QUICK)
def test_the_same_again(name, reports):
    assert gallery.get(name).work().to_json() == reports[name].to_json()


@pytest.mark.parametrize("name", NAMES)
def test_latex(reports, name):
    whole, part = reports[name].to_latex(), reports[name].to_latex(document=False)
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
def test_svg(reports, name):
    drawing = reports[name].to_svg()
    assert ElementTree.fromstring(drawing).get("role") == "img"
    assert f"{name}: " in drawing
    assert drawing == reports[name].to_svg()


@pytest.mark.parametrize("name", NAMES)
def test_html(reports, name):
    html = reports[name]._repr_html_()
    parser = Balance()
    parser.feed(html)
    assert parser.open == []
    assert "<script" not in html
    assert "http" not in html.replace("http://www.w3.org/1998/Math/MathML", "")


@pytest.mark.parametrize("name", QUICK)
def test_every_input_can_be_set(name):
    example = gallery.get(name)
    before = example.work().to_dict()
    for key, value in example.inputs.items():
        if key == "seed":
            continue
        after = example.work({key: value + 0.5}).to_dict()
        changed = {k: after[k] for k in ("nodes", "report")} != {
            k: before[k] for k in ("nodes", "report")
        }
        assert changed, key


def test_an_input_changes_the_result():
    found = gallery.get("two-two-two").work({"w5": 0.3}).to_dict()
    sigmoid = lambda z: 1 / (1 + math.exp(-z))  # noqa: E731
    h1, h2 = sigmoid(0.15 * 0.05 + 0.2 * 0.1 + 0.35), sigmoid(0.25 * 0.05 + 0.3 * 0.1 + 0.35)
    o1 = sigmoid(0.3 * h1 + 0.45 * h2 + 0.6)
    o2 = sigmoid(0.5 * h1 + 0.55 * h2 + 0.6)
    assert found["value"] == pytest.approx(0.5 * (0.01 - o1) ** 2 + 0.5 * (0.99 - o2) ** 2)
    assert found["gradients"]["w5"] == pytest.approx((o1 - 0.01) * o1 * (1 - o1) * h1)


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_input(name):
    with pytest.raises(UnknownNameError, match=f"input of {name}"):
        gallery.get(name).work({"nowhere": 1.0})


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_an_input_that_is_not_finite(value):
    with pytest.raises(OptionError, match="x: expected a finite number"):
        gallery.get("add-multiply").work({"x": value})


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("xor", {"seed": 0.5}),
        ("xor", {"seed": -1}),
        ("zero-init", {"steps": 0}),
        ("zero-init", {"steps": 1e9}),
        ("approximate", {"epsilon": 0}),
    ],
)
def test_an_input_out_of_range(name, inputs):
    with pytest.raises(OptionError, match=next(iter(inputs))):
        gallery.get(name).work(inputs)


@pytest.mark.parametrize(
    "name", ["add-multiply", "sigmoid-circuit", "max-gate", "gates", "two-two-one"]
)
@pytest.mark.parametrize("rate", [0.0, -1.0, math.inf])
def test_a_learning_rate_out_of_range(name, rate):
    with pytest.raises(OptionError, match="learning rate"):
        gallery.get(name).work(learning_rate=rate)


def test_options_of_explain():
    report = gallery.get("two-two-two").work(wrt="w7", learning_rate=2.0, digits=5)
    assert list(report.to_dict()["updates"]) == ["w7"]
    assert "∂E_total/∂w7 = -0.0226\n" in str(report)
    gates = gallery.get("two-two-two").work(steps="gates")
    assert len(gates.to_dict()["nodes"]) > len(report.to_dict()["nodes"])
    assert gates.to_dict()["value"] == report.to_dict()["value"]
    with pytest.raises(UnknownNameError, match="steps"):
        gallery.get("two-two-two").work(steps="giant")
    with pytest.raises(UnknownNameError):
        gallery.get("two-two-two").work(wrt="w9")


def test_a_gate_of_the_circuit_may_be_asked_for():
    report = gallery.get("sigmoid-circuit").work(wrt="f5")
    assert [chain.wrt for chain in report.main.derivation.chains] == ["f5"]


@pytest.mark.parametrize("name", [n for n in NAMES if gallery.get(n).expression])
def test_expressions_are_shown_as_they_are_worked(name, reports):
    from chainrule.explain import read

    example = gallery.get(name)
    try:
        output = read(example.expression, example.inputs)
    except (ExpressionError, UnknownNameError):
        return  # an experiment has inputs of its own beside the expression's
    assert float(output) == reports[name].to_dict()["value"]


# the renderers of reports themselves


def report(*blocks):
    main = gallery.get("add-multiply").work().main
    return Report("name", "a title", blocks, main)


def test_tables_line_up():
    found = report(
        Table("Some numbers:", ("word", "W̃", "n"), (("a", 1.5, 10), ("bcd", -2.25, True)))
    )
    lines = str(found).splitlines()
    assert lines[2:] == [
        "Some numbers:",
        "  word      W̃    n",
        "  ────  ─────  ───",
        "  a       1.5   10",
        "  bcd   -2.25  yes",
    ]
    widths = [sum(not unicodedata.combining(c) for c in line) for line in lines[3:]]
    assert len(set(widths)) == 1


def test_a_plot_marks_its_points():
    curve = Series("f", (0.0, 1.0, 2.0), (0.0, 1.0, 4.0))
    text = str(report(Plot("Squares", "x", "y", (curve,))))
    rows = [line.split("│")[1] for line in text.splitlines() if "│" in line]
    assert len(rows) == 15
    places = [(r, row.index("•")) for r, row in enumerate(rows) if "•" in row]
    assert places == [(0, 59), (10, 30), (14, 0)]
    assert "• f" in text


def test_a_flat_curve_can_be_drawn():
    curve = Series("f", (0.0, 1.0), (2.0, 2.0))
    found = report(Plot("Flat", "x", "y", (curve,)))
    assert str(found).count("•") == 3  # two points and the legend
    assert "polyline" in found._repr_html_()


def test_html_is_escaped():
    found = report(Table("<b>", ("a & b",), (("<script>",),)))._repr_html_()
    assert "<script>" not in found
    assert "&lt;b&gt;" in found
    assert "a &amp; b" in found


def test_numbers_in_json_keep_their_digits():
    third = np.float64(1) / 3
    found = json.loads(report(Table("", ("n",), ((float(third),),))).to_json())
    assert found["report"][0]["rows"] == [[1 / 3]]
