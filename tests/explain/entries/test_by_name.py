"""Names of entries: which are understood, and what an error says about the others."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ChainruleError, OptionError, UnknownNameError
from chainrule.explain import explain
from chainrule.explain.entries import entry_graph
from explain.stories import network


def loss() -> cr.Tensor:
    w1 = cr.variable(np.ones((4, 3)), "w1")
    return cr.tanh(w1 @ np.ones(3)).sum().named("loss")


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize(
    ("wrt", "error", "says"),
    [
        ("w1[4, 0]", OptionError, r"an entry of w1, of shape \(4, 3\), got \[4, 0\]"),
        (f"w1[{'9' * 5000}]", UnknownNameError, "wrt"),
        ("w1[0]", OptionError, r"of shape \(4, 3\)"),
        ("w1[0, 0, 0]", OptionError, r"of shape \(4, 3\)"),
        ("w11[0, 0]", UnknownNameError, "did you mean"),
        ("w_1", UnknownNameError, "did you mean"),
        ("nothing like it", UnknownNameError, "expected one of"),
        ("w1[-1, 0]", ChainruleError, "w1"),
        ("w1[a]", ChainruleError, "w1"),
        ("", ChainruleError, "expected"),
    ],
)
def test_entries_that_do_not_exist(large, wrt, error, says, monkeypatch):
    if large:
        monkeypatch.setattr(entry_graph, "SMALL", 0)
    with pytest.raises(error, match=says):
        explain(loss(), wrt=wrt)


def test_a_large_record_asks_what_to_explain():
    with pytest.raises(OptionError, match=r'such as wrt="w1\[0, 0\]"'):
        network(wrt=None)


def test_a_tensor_may_be_given_for_a_name():
    x = cr.variable([1.0, 2.0], "x")
    y = (x * x).named("y")
    derivation = explain(y.sum().named("f"), wrt=[y, x]).derivation
    assert [chain.wrt for chain in derivation.chains] == ["y[0]", "y[1]", "x[0]", "x[1]"]
    assert [chain.gradient for chain in derivation.chains] == [1, 1, 2, 4]
