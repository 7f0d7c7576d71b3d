"""The sentences and tables of the examples: their numbers are those of the derivation, as asked."""

from __future__ import annotations

import re

import pytest

from chainrule import gallery
from chainrule.formula.numbers import NumberStyle
from explain.written import read_back
from gallery.worked import SHORT, table, worked

QUICK = {"zero-init": {"steps": 5}, "xor": {"steps": 5}} | SHORT
"""What shortens the examples that train for long."""

NAMES = r"layers\.\d\.(?:weight|bias)"


@pytest.mark.parametrize("name", [name for name in gallery.names() if name != "approximate"])
def test_every_number_has_the_comma_that_was_asked_for(name):
    text = str(gallery.get(name).work(QUICK.get(name), decimal_comma=True))
    assert re.findall(r".*\d\.\d.*", re.sub(NAMES, "", text)) == []


@pytest.mark.parametrize("name", ["gates", "xor"])
def test_numbers_have_one_minus_sign(name):
    text = str(gallery.get(name).work(QUICK.get(name)))
    assert re.findall(r".*−\d.*", text) == []
    assert "-1" in text


def test_the_vanishing_gradient_keeps_the_zero_that_was_rounded_to():
    assert "from -0.428 at the last neuron's output to -0.00150 at f1" in " ".join(
        str(worked("vanishing-chain")).split()
    )


@pytest.mark.parametrize("places", [2, 3, 4, 6])
@pytest.mark.parametrize("name", ["two-two-one", "two-two-two"])
def test_no_gradient_differs_by_more_than_is_said(name, places):
    report = gallery.get(name).work(round_intermediate=places)
    said = re.search(r"the gradients differ by at most (\S+)\. A", " ".join(str(report).split()))
    assert said is not None
    gaps = [abs(a - b) for *_, a, b in table(report, "as a model of two layers")["rows"]]
    assert max(gaps) <= read_back(said[1]) <= 2 * max(gaps)


def test_an_update_by_hand_is_rounded_in_the_table_too():
    report = gallery.get("two-two-one").work(round_intermediate=2)
    rows = table(report, "learning rates")["rows"]
    updates = {update.name: update.new for update in report.main.derivation.updates}
    assert {name: new for name, _, _, new, _ in rows} == updates
    style = NumberStyle(2)
    assert all(new == style.rounded(new) for *_, new in rows)


def test_the_factors_of_a_chain_by_hand_are_rounded():
    rows = table(gallery.get("vanishing-chain").work(round_intermediate=2), "Each neuron")["rows"]
    style = NumberStyle(2)
    assert [factor for *_, factor, _ in rows] == [style.rounded(s * w) for _, s, w, *_ in rows]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("vanishing-chain", "at most 0.25 to the power n"),
        ("gates", "A bias of -1.5 moves the line"),
        ("xor", "h1 is OR (1, 1, -0.5), h2 is NOT AND (-1, -1, 1.5)"),
    ],
)
@pytest.mark.parametrize("how", [{"significant": 1}, {"digits": 0}])
def test_constants_are_not_rounded(name, says, how):
    assert says in " ".join(str(gallery.get(name).work(QUICK.get(name), **how)).split())
