"""How much of a large record a derivation lists: its largest steps, within lines and seconds."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from chainrule.explain.derivation.steps import BackwardStep, ForwardStep
from chainrule.graph import Node

__all__ = ["MAX_FACTORS", "MAX_LINES", "MAX_SECONDS", "Budget", "lines_of", "listed_arrays"]

MAX_LINES = 400
"""The lines, about, that all steps of a large record may take."""

MAX_FACTORS = 300
"""The most factors of all products along paths, but each chain has one product."""

MAX_SECONDS = 6.0
"""The seconds of computing after which no further step is worked out."""

MAX_NUMBERS = 200_000
"""The most numbers in the whole gradients of a large record."""

LEAST = 8
"""The number of steps that are always listed."""

WIDTH, NUMBER = 64, 12
"""The characters of a formula that fit a line, and those of a number."""


class Budget:
    """What is left of the lines and seconds of a derivation, which begins now."""

    def __init__(self) -> None:
        # of this thread, so that what is listed depends little on what else the machine does
        self._end = time.thread_time() + MAX_SECONDS
        self._lines = self._steps = 0

    @property
    def half_over(self) -> bool:
        """Whether half of the time is over: then steps have to be worked out."""
        return time.thread_time() > self._end - MAX_SECONDS / 2

    def spend(self, forward: ForwardStep, backward: BackwardStep) -> bool:
        """Count a step in both passes; whether it is within the budget."""
        self._lines += lines_of(forward) + lines_of(backward)
        self._steps += 1
        within = self._lines <= MAX_LINES and time.thread_time() <= self._end
        return within or self._steps <= LEAST


def lines_of(step: ForwardStep | BackwardStep) -> int:
    """The lines that a step takes as text, about.

    >>> from chainrule.formula import Symbol
    >>> product = Symbol("x") * Symbol("y")
    >>> lines_of(ForwardStep("f", "mul", product, product.substitute({"x": 3, "y": 4}), 12.0))
    1
    """
    if isinstance(step, ForwardStep):
        if step.leaf:
            return 1
        parts = len(step.formula.text()), len(step.substituted.text()), NUMBER
        return _folded(len(step.name), parts) + len(step.rests)
    lines = 1 + len(step.notes)
    for c in step.contributions:
        named = 2 * len(c.via) + len(step.name) + NUMBER
        parts = named, len(c.local.formula.text()) + NUMBER, 2 * NUMBER, NUMBER
        lines += _folded(len(c.via), parts)
    several = len(step.contributions) + bool(step.omitted) > 1
    return lines + bool(step.omitted) + several * (1 + len(step.contributions) // 3)


def listed_arrays(nodes: Iterable[Node]) -> set[Node]:
    """The arrays whose whole gradients are listed: those with names, as far as they fit."""
    listed, left = set[Node](), MAX_NUMBERS
    for node in dict.fromkeys(nodes):
        if (node.variable or node.name) and node.spec.size <= left:
            listed.add(node)
            left -= node.spec.size
    return listed


def _folded(left: int, parts: Sequence[int]) -> int:
    """The lines of an equation whose parts have these lengths; each begins a line if it is long."""
    if left + sum(parts) <= WIDTH:
        return 1
    return sum(-(-(length + left // 2) // WIDTH) for length in parts)
