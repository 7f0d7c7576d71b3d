"""The list of examples."""

from __future__ import annotations

import pytest

from chainrule import gallery
from chainrule.errors import UnknownNameError

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
    "vanishing-in-time",
    "exploding-in-time",
    "lstm-by-hand",
    "gru-by-hand",
    "long-memory",
    "attention-by-hand",
    "convolution-by-hand",
    "dead-relu",
    "zero-init",
    "linear-collapse",
    "approximate",
]


def test_names():
    assert gallery.names() == NAMES
    assert [example.name for example in gallery.examples()] == NAMES


def test_an_unknown_name_gets_a_suggestion():
    with pytest.raises(UnknownNameError, match="did you mean two-two-two"):
        gallery.get("two-two-to")


@pytest.mark.parametrize("name", NAMES)
def test_summary_is_a_line(name):
    summary = gallery.get(name).summary
    assert 0 < len(summary) <= 60  # beside the name in a list
    assert "\n" not in summary
