"""The registry of lowering rules, by the name of the primitive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from chainrule.program.view import View

__all__ = ["ANY_FLOATS", "INDICES", "PATTERNS", "RULES", "Rule", "lowers", "recognises"]

Rule = Callable[..., View | Sequence[View] | None]
"""(context, node, *views of its inputs, **its parameters) → the view of the result, or of each.

None means that this form of the primitive has no opcode: its reference value is called instead.
"""

RULES: dict[str, Rule] = {}

PATTERNS: dict[str, list[Rule]] = {}
"""By the primitive of their last node, rules for several nodes that one instruction computes.

They are tried before the rule of the primitive.  The nodes before the last have been lowered, too;
what they compute is left out if nothing else reads it.
"""

ANY_FLOATS: set[str] = set()
"""The primitives whose rules also take floats that are not the program's: they only move them."""

INDICES: set[str] = set()
"""The primitives whose kernels take integers as int64 only, to index with."""

R = TypeVar("R", bound=Rule)


def lowers(*primitives: str, any_floats: bool = False, indices: bool = False) -> Callable[[R], R]:
    """Register the decorated function as the rule of these primitives.

    See `ANY_FLOATS` and `INDICES`.
    """

    def register(rule: R) -> R:
        for name in primitives:
            assert name not in RULES, f"two lowering rules for {name}"
            RULES[name] = rule
        ANY_FLOATS.update(primitives if any_floats else ())
        INDICES.update(primitives if indices else ())
        return rule

    return register


def recognises(*primitives: str) -> Callable[[R], R]:
    """Register the decorated function as a rule of several nodes that end in these primitives."""

    def register(rule: R) -> R:
        for name in primitives:
            PATTERNS.setdefault(name, []).append(rule)
        return rule

    return register
