"""The registry of lowering rules, by the name of the primitive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from chainrule.program.view import View

__all__ = ["RULES", "Rule", "lowers"]

Rule = Callable[..., View | Sequence[View] | None]
"""(context, node, *views of its inputs, **its parameters) → the view of the result, or of each.

None means that this form of the primitive has no opcode: its reference value is called instead.
"""

RULES: dict[str, Rule] = {}

R = TypeVar("R", bound=Rule)


def lowers(*primitives: str) -> Callable[[R], R]:
    """Register the decorated function as the rule of these primitives."""

    def register(rule: R) -> R:
        for name in primitives:
            assert name not in RULES, f"two lowering rules for {name}"
            RULES[name] = rule
        return rule

    return register
