"""`chainrule explain` as a drawing."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest


def test_by_the_ending_of_the_file(call, tmp_path: Path):
    done = call("explain", "two-two-two", "-o", "graph.svg")
    assert (done.code, done.out) == (0, "")
    drawing = (tmp_path / "graph.svg").read_text(encoding="utf-8")
    assert drawing == call("explain", "two-two-two", "--format", "svg").out
    assert "two-two-two: a 2-2-2 network" in drawing
    assert 'data-edge="out_h1-&gt;net_o1"' in drawing


def test_an_expression(call):
    done = call("explain", "f = x*y", "x=2", "y=-3", "--format", "svg")
    assert done.code == 0
    assert ElementTree.fromstring(done.out).get("width")


def test_edges_as_wide_as_weights(call):
    done = call("explain", "two-two-two", "--edges", "weight")
    assert done.code == 0
    assert "edges by weight" in done.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("two-two-two", "--edges", "wait"), "did you mean weight"),
        (("add-multiply", "--edges", "weight"), "edges: expected a network"),
        (("two-two-two", "--edges", "weight", "--format", "text"), "edges: expected the form svg"),
        (("two-two-two", "--edges", "weight", "-o", "a.html"), "edges: expected the form svg"),
    ],
)
def test_mistakes(call, words, says):
    done = call("explain", *words)
    assert done.code == 2
    assert done.out == ""
    assert says in done.err
    assert len(done.err.splitlines()) == 1
