"""Data hazards: where one thread could write what another one reads or writes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import final

from chainrule.engine.threads.row_share import RowShare
from chainrule.program import Instruction, View
from chainrule.program.intervals import Intervals

__all__ = ["Hazards"]

_Access = tuple[View, RowShare | None]
"""What an instruction reads or writes, and by which rows threads divide it."""


@final
class Hazards:
    """Finds the data hazards between instructions that no barrier separates.

    Threads may be anywhere between two barriers.  So no instruction there may read or write what
    another one writes, unless the same thread does both: thread 0 if it runs both, or each thread
    in its own rows if both are shared by the same rows.
    """

    def __init__(self, by_rows: Callable[[Instruction], Collection[int]]) -> None:
        self._by_rows = by_rows
        self._read, self._written = _Accesses(), _Accesses()

    def conflict(self, instruction: Instruction, *, single: bool) -> bool:
        """Whether a barrier must precede this instruction, if it runs next."""
        reads, writes = self._accesses(instruction, single)
        return any(self._written.conflict(*one, single=single) for one in (*reads, *writes)) or any(
            self._read.conflict(*one, single=single) for one in writes
        )

    def add(self, instruction: Instruction, *, single: bool) -> None:
        """Add what an instruction reads and writes."""
        reads, writes = self._accesses(instruction, single)
        for one in reads:
            self._read.add(*one, single=single)
        for one in writes:
            self._written.add(*one, single=single)

    def clear(self) -> None:
        """Forget what is before a barrier."""
        self._read, self._written = _Accesses(), _Accesses()

    def _accesses(self, instruction: Instruction, single: bool) -> tuple[list[_Access], ...]:
        own = () if single else self._by_rows(instruction)
        reads = [
            (view, RowShare.of(view) if place in own else None)
            for place, view in enumerate(instruction.inputs)
        ]
        return reads, [(view, RowShare.of(view) if own else None) for view in instruction.outputs]


@final
class _Accesses:
    """The bytes of the arena that some instructions read, or write.

    Those of thread 0 alone, those that any thread may touch, and those that are shared by rows.
    """

    def __init__(self) -> None:
        self._single, self._anyone, self._by_rows = Intervals(), Intervals(), Intervals()
        self._rows: dict[RowShare, tuple[int, int]] = {}

    def add(self, view: View, rows: RowShare | None, *, single: bool) -> None:
        """Add the region that a view may touch."""
        if rows is not None:
            self._by_rows.add(*view.region)
            self._rows[rows] = view.region
        else:
            (self._single if single else self._anyone).add(*view.region)

    def conflict(self, view: View, rows: RowShare | None, *, single: bool) -> bool:
        """Whether another thread may be at this region when an instruction is."""
        region = view.region
        if self._anyone.overlap_end(*region) is not None:
            return True
        if not single and self._single.overlap_end(*region) is not None:
            return True
        if self._by_rows.overlap_end(*region) is None:
            return False
        return rows is None or any(rows.mixes(other) for other in self._overlapping(region))

    def _overlapping(self, region: tuple[int, int]) -> Iterator[RowShare]:
        begin, end = region
        return (rows for rows, (b, e) in self._rows.items() if b < end and begin < e)
