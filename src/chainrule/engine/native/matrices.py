"""Matrices in the arena, and vectors of their rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, final

from llvmlite import ir

from chainrule.engine.vectors import SIZE, WIDTH, Writer

__all__ = ["Index", "Matrix", "lanes_for", "over", "sums", "transposed"]


class Index(NamedTuple):
    """A number known while instructions are written, and one known when they run, added."""

    known: int
    running: Any = None

    def plus(self, n: int) -> Index:
        return Index(self.known + n, self.running)


ZERO = Index(0)


@final
@dataclass(frozen=True)
class Matrix:
    """rows × columns numbers in the arena: entry (i, j) lies at place + i·stride + j.

    `room` entries of each row may be read and written.
    """

    place: int
    rows: int
    columns: int
    stride: int
    room: int

    def at(self, write: Writer, i: Index, j: Index) -> Any:
        """Where an entry lies."""
        known = SIZE(self.place + i.known * self.stride + j.known)
        return write.builder.gep(write.shifted((i.running, self.stride), (j.running, 1)), [known])

    def load(self, write: Writer, i: Index, j: Index = ZERO) -> Any:
        """A vector of row i, from column j on."""
        place, left = self.at(write, i, j), self.room - j.known
        if j.running is not None or left >= write.lanes:
            return write.load(place)
        return write.load_some(place, write.mask(left))

    def store(self, write: Writer, vector: Any, i: Index, j: Index = ZERO) -> None:
        """The same, stored."""
        place, left = self.at(write, i, j), self.room - j.known
        if j.running is not None or left >= write.lanes:
            write.store(vector, place)
        else:
            _store_first(write, vector, place, left)

    def entry(self, write: Writer, i: Index, j: Index) -> Any:
        """One entry in all lanes."""
        return write.spread(write.builder.load(self.at(write, i, j)))


def _store_first(write: Writer, vector: Any, place: Any, entries: int) -> None:
    """The first entries of a vector, in pieces: nothing can be loaded soon after a masked store."""
    builder, done, size = write.builder, 0, write.lanes
    while done < entries:
        if done + size <= entries:
            part = write.narrowed(size)
            lanes = ir.Constant(
                ir.VectorType(ir.IntType(32), size), list(range(done, done + size))
            )
            piece = builder.shuffle_vector(vector, ir.Constant(vector.type, ir.Undefined), lanes)
            part.store(piece, builder.gep(place, [SIZE(done)]))
            done += size
        size //= 2


def lanes_for(columns: int, size: int) -> int:
    """Lanes of the shortest vectors, of numbers of so many bytes, that take so many columns."""
    lanes = 16 // size
    while lanes < min(columns, WIDTH // size):
        lanes *= 2
    return lanes


def over(
    write: Writer, n: int, step: int, body: Callable[[Index, int], None], *, unrolled: bool
) -> None:
    """body(first, how many) for n things, `step` at a time, as a loop unless `unrolled`."""
    whole = n // step
    if unrolled or whole < 2:
        for block in range(whole):
            body(Index(block * step), step)
    else:

        def inside(i: Any, _: list[Any]) -> list[Any]:
            body(Index(0, write.builder.mul(i, SIZE(step))), step)
            return []

        write.loop(SIZE(whole), [], inside)
    if n % step:
        body(Index(whole * step), n % step)


def sums(
    write: Writer, n: int, values: list[Any], body: Callable[[Index, list[Any]], list[Any]],
    *, unroll: int,
) -> list[Any]:
    """`values = body(i, values)` for i below n, `unroll` of them written out; the last values."""
    whole = n // unroll
    done = 0

    def block(first: Index, values: list[Any]) -> list[Any]:
        for u in range(unroll):
            values = body(first.plus(u), values)
        return values

    if whole > 1:
        builder = write.builder
        values = write.loop(
            SIZE(whole), values,
            lambda i, values: block(Index(0, builder.mul(i, SIZE(unroll))), values),
        )
        done = whole * unroll
    for i in range(done, n):
        values = body(Index(i), values)
    return values


def transposed(builder: Any, rows: list[Any]) -> list[Any]:
    """Vectors of the columns of as many rows as a column's vector has lanes."""
    n, lanes = len(rows), rows[0].type.count
    if n < lanes:
        parts = [_part(builder, row, at, n) for at in range(0, lanes, n) for row in rows]
        blocks = [_square(builder, parts[at : at + n]) for at in range(0, lanes, n)]
        return [line for block in blocks for line in block]
    blocks = [_square(builder, rows[at : at + lanes]) for at in range(0, n, lanes)]
    return [_joined(builder, [block[j] for block in blocks]) for j in range(lanes)]


def _square(builder: Any, lines: list[Any]) -> list[Any]:
    lines = list(lines)
    n = len(lines)
    half = n // 2
    while half:  # blocks off the diagonal change places, then the halves of every block
        upper = [j if not j & half else n + j - half for j in range(n)]
        lower = [j + half if not j & half else n + j for j in range(n)]
        for i in range(n):
            if not i & half:
                pair = lines[i], lines[i + half]
                lines[i] = _shuffled(builder, *pair, upper)
                lines[i + half] = _shuffled(builder, *pair, lower)
        half //= 2
    return lines


def _part(builder: Any, row: Any, first: int, n: int) -> Any:
    none = ir.Constant(row.type, ir.Undefined)
    return _shuffled(builder, row, none, list(range(first, first + n)))


def _joined(builder: Any, parts: list[Any]) -> Any:
    while len(parts) > 1:
        n = parts[0].type.count
        parts = [
            _shuffled(builder, a, b, list(range(2 * n)))
            for a, b in zip(parts[::2], parts[1::2], strict=True)
        ]
    return parts[0]


def _shuffled(builder: Any, one: Any, other: Any, order: list[int]) -> Any:
    lanes = ir.Constant(ir.VectorType(ir.IntType(32), len(order)), order)
    return builder.shuffle_vector(one, other, lanes)
