"""Truth tables counted without the code under test."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.gallery.examples.gates import INPUTS


def rows_right(targets: Sequence[int], w1: float, w2: float, b: float) -> int:
    """The number of rows of a truth table with the right side of w1·x1 + w2·x2 + b ≥ 0."""
    rows = zip(INPUTS, targets, strict=True)
    return sum((w1 * x1 + w2 * x2 + b >= 0) == bool(t) for (x1, x2), t in rows)
