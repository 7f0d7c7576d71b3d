"""Rows that threads divide among each other: what is computed of a row stays with one thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, final

from chainrule.program import View

__all__ = ["MANY_ROWS", "SHARED_ROWS", "RowShare"]

SHARED_ROWS = 8
"""Rows are divided in multiples of this many, so that all instructions divide them alike."""

MANY_ROWS = 4 * SHARED_ROWS
"""Rows from which on elementwise work is divided so, too; fewer are divided more finely."""


@final
@dataclass(frozen=True)
class RowShare:
    """The rows of an operand, of which each thread touches those of its share only.

    The shares of `rows` rows are those of `share(rows, SHARED_ROWS, rank, ranks)`.  In the arena,
    row r is among the bytes from begin + r·distance to begin + r·distance + width; in a loop at all
    times t, or, with a `period`, those bytes are t·period further on.
    """

    rows: int
    begin: int
    width: int
    distance: int
    period: int = 0

    @classmethod
    def of(cls, view: View) -> Self | None:
        """The rows along the first axis of a view; None where they are not one after the other."""
        item = view.buffer.dtype.itemsize
        rows, distance, step = view.shape[0], view.strides[0] * item, abs(view.step) * item
        period = step if step and step >= rows * distance else 0
        row = view.at(slice(0, 1))
        begin, end = (row.at_time(0) if period else row).region
        width = end - begin
        return cls(rows, begin, width, distance, period) if width <= distance else None

    def mixes(self, other: RowShare) -> bool:
        """Whether a thread's rows of one operand may overlap another thread's of the other.

        >>> whole, half = RowShare(16, 0, 64, 64), RowShare(16, 32, 32, 64)
        >>> whole.mixes(half), whole.mixes(RowShare(16, 64, 64, 64))
        (False, True)
        """
        if (self.rows, self.distance, self.period) != (other.rows, other.distance, other.period):
            return True
        gap = other.begin - self.begin
        if self.period:  # at other times
            gap = (gap + self.period // 2) % self.period - self.period // 2
        return max(self.width, gap + other.width) - min(0, gap) > self.distance
