"""The gradient's flow through each neuron."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule import gallery
from chainrule.errors import DataError
from chainrule.explain import Flow
from chainrule.train.figures import neurons, to_svg


def network(widths=(3, 30, 4, 2), wrt="w1[2, 1]") -> Flow:
    random = np.random.default_rng(0)
    a = random.normal(size=widths[0])
    for i, shape in enumerate(zip(widths[1:], widths, strict=False), start=1):
        w = cr.variable(random.normal(size=shape), f"w{i}")
        a = cr.tanh((w @ a).named(f"z{i}")).named(f"a{i}")
    return cr.flow(cr.square(a).sum().named("loss"), wrt)


def test_pieces_are_the_shares_of_the_neurons():
    found = network()
    (entry,) = found.entries
    (axes,) = neurons(entry, found.output).axes
    heights = [patch.get_height() for patch in axes.patches]
    assert sum(heights) == pytest.approx(len(entry.levels))
    assert axes.get_ylabel() == "share of the sizes of all paths (absolute flow)"
    assert "∂loss/∂w1[2, 1]" in axes.get_title(loc="left")
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a3", "a2", "a1"]


def test_many_neurons_become_one_piece():
    found = network((2, 3, 30, 2), "w1[1, 1]")
    (axes,) = neurons(found.entries[0], found.output).axes
    assert any("18 more" in text.get_text() for text in axes.texts)
    assert to_svg(axes.figure).startswith(b"<?xml")


def test_no_gradient():
    dead = cr.flow(gallery.get("dead-relu").work().main.record, "W1[0, 0]")
    with pytest.raises(DataError, match="neurons"):
        neurons(dead.entries[0], "loss")
