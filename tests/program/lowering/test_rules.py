"""The registry of lowering rules."""

from __future__ import annotations

from chainrule.ops.registry import PRIMITIVES
from chainrule.program.lowering.rules import RULES


def test_every_rule_is_of_a_primitive():
    assert set(RULES) <= set(PRIMITIVES)
