"""Matrices in the arena, and vectors of their rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, final

from llvmlite import ir

from chainrule.engine.simd.transpose import shuffled
from chainrule.engine.simd.vectors import SIZE, WIDTH, Writer

__all__ = ["FIRST", "Index", "Matrix", "lanes_for", "over", "repeated"]


class Index(NamedTuple):
    """A number known while instructions are written, and one known when they run, added."""

    known: int
    running: Any = None

    def plus(self, n: int) -> Index:
        """It and n."""
        return Index(self.known + n, self.running)

    def times(self, builder: Any, n: int) -> Index:
        """n times it."""
        running = None if self.running is None else builder.mul(self.running, SIZE(n))
        return Index(self.known * n, running)


FIRST = Index(0)


@final
@dataclass(frozen=True)
class Matrix:
    """rows × columns numbers in the arena: entry (i, j) lies at place + i·stride + j.

    `room` entries of each row may be read and written.  Where `scattered`, rows lie anywhere: the
    addresses of theirs follow each other from `place` on.
    """

    place: int
    rows: int
    columns: int
    stride: int
    room: int
    scattered: bool = False

    def at(self, write: Writer, i: Index, j: Index = FIRST) -> Any:
        """Where an entry lies."""
        if self.scattered:
            return self._there(write, i, j)
        known = self.place + i.known * self.stride + j.known
        start = write.shifted((i.running, self.stride), (j.running, 1))
        return write.builder.gep(start, [SIZE(known)])

    def load(self, write: Writer, i: Index, j: Index = FIRST) -> Any:
        """A vector of row i, from column j on; what is no entry may be anything."""
        place, left = self.at(write, i, j), self._left(write, j)
        if left >= write.lanes:
            return write.load(place)
        return write.load(place, write.mask(left))

    def store(self, write: Writer, vector: Any, i: Index, j: Index = FIRST) -> None:
        """Put a vector into row i, from column j on.

        Where it is too long in pieces: what a masked store has written cannot be loaded for long.
        """
        place, left = self.at(write, i, j), min(self._left(write, j), write.lanes)
        none, size, done = ir.Constant(vector.type, ir.Undefined), write.lanes, 0
        while done < left:
            while done + size > left:
                size //= 2
            piece = vector
            if size < write.lanes:
                piece = shuffled(write.builder, vector, none, list(range(done, done + size)))
            write.narrowed(size).store(piece, write.builder.gep(place, [SIZE(done)]))
            done += size

    def entry(self, write: Writer, i: Index, j: Index = FIRST) -> Any:
        """One entry in all lanes."""
        return write.spread(write.builder.load(self.at(write, i, j)))

    def _there(self, write: Writer, i: Index, j: Index) -> Any:
        """Where an entry of a row lies that has an address of its own."""
        builder, place = write.builder, write.addresses
        for offset in (i.running, SIZE(self.place + i.known)):
            place = place if offset is None else builder.gep(place, [offset])
        place = builder.inttoptr(builder.load(place), write.base.type)
        for offset in (j.running, SIZE(j.known)):
            place = place if offset is None else builder.gep(place, [offset])
        return place

    def _left(self, write: Writer, j: Index) -> int:
        """How many entries may be touched: loops only go through whole vectors."""
        return write.lanes if j.running is not None else self.room - j.known


def lanes_for(columns: int, size: int) -> int:
    """Lanes of the shortest vectors of numbers of `size` bytes that have so many, or the widest.

    >>> lanes_for(1, 4), lanes_for(7, 4), lanes_for(1, 8)
    (4, 8, 2)
    """
    lanes = 16 // size
    while lanes < min(columns, WIDTH // size):
        lanes *= 2
    return lanes


def over(
    write: Writer, n: int, step: int, body: Callable[[Index, int], None], *, unrolled: bool
) -> None:
    """body(first, how many) for n things, `step` at a time, as a loop unless `unrolled`."""
    whole = n // step

    def block(i: Index, _: list[Any]) -> list[Any]:
        body(i.times(write.builder, step), step)
        return []

    repeated(write, whole, [], block, unrolled=unrolled)
    if n % step:
        body(Index(whole * step), n % step)


def repeated(
    write: Writer, n: int, values: list[Any], body: Callable[[Index, list[Any]], list[Any]],
    *, unrolled: bool,
) -> list[Any]:  # fmt: skip
    """`values = body(i, values)` for i below n, as a loop unless `unrolled`; the last values."""
    if unrolled or n < 2:
        for i in range(n):
            values = body(Index(i), values)
        return values
    return write.loop(SIZE(n), values, lambda i, values: body(Index(0, i), values))
