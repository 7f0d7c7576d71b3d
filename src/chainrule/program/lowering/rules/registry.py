"""The registry of lowering rules, by the name of the primitive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from chainrule.program.view import View

__all__ = ["ANY_FLOATS", "INDICES", "RULES", "Rule", "lowers"]

Rule = Callable[..., View | Sequence[View] | None]
"""(context, node, *views of its inputs, **its parameters) → the view of the result, or of each.

None means that this form of the primitive has no opcode: its reference value is called instead.
"""

RULES: dict[str, Rule] = {}

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
