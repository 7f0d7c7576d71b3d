"""Matrices in the arena, whose rows are loaded and stored as vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, final

from llvmlite import ir

from chainrule.engine.emission.loops import ZERO, Index
from chainrule.engine.simd.transpose import shuffle
from chainrule.engine.simd.vector_emitter import INT64, VECTOR_BYTES, VectorEmitter

__all__ = ["Matrix", "StoredMatrix", "lanes_for"]


@final
@dataclass(frozen=True)
class Matrix:
    """rows × columns numbers in the arena: entry (i, j) is at offset + i·stride + j.

    Of each row the first `padded_columns` numbers may be read and written.  The rows of a
    `scattered` matrix are anywhere in memory, and from `offset` on are their addresses.
    """

    offset: int
    rows: int
    columns: int
    stride: int
    padded_columns: int
    scattered: bool = False

    def pointer(self, emit: VectorEmitter, i: Index, j: Index = ZERO) -> Any:
        """The pointer to an entry."""
        if self.scattered:
            return self._scattered_pointer(emit, i, j)
        constant = self.offset + i.constant * self.stride + j.constant
        start = emit.strided_pointer((i.variable, self.stride), (j.variable, 1))
        return emit.builder.gep(start, [INT64(constant)])

    def load(self, emit: VectorEmitter, i: Index, j: Index = ZERO) -> Any:
        """The vector of row i from column j on; lanes beyond the row are arbitrary."""
        pointer, accessible = self.pointer(emit, i, j), self._accessible(emit, j)
        if accessible >= emit.lanes:
            return emit.load(pointer)
        return emit.load(pointer, emit.mask(accessible))

    def store(self, emit: VectorEmitter, vector: Any, i: Index, j: Index = ZERO) -> None:
        """Store a vector in row i, from column j on.

        Where the vector is too long, it is stored in pieces, because the processor takes long to
        load what a masked store has just written.
        """
        pointer, accessible = self.pointer(emit, i, j), min(self._accessible(emit, j), emit.lanes)
        undefined, size, done = ir.Constant(vector.type, ir.Undefined), emit.lanes, 0
        while done < accessible:
            while done + size > accessible:
                size //= 2
            piece = vector
            if size < emit.lanes:
                piece = shuffle(emit.builder, vector, undefined, list(range(done, done + size)))
            emit.with_lanes(size).store(piece, emit.builder.gep(pointer, [INT64(done)]))
            done += size

    def broadcast_entry(self, emit: VectorEmitter, i: Index, j: Index = ZERO) -> Any:
        """The vector with one entry in all lanes."""
        return emit.broadcast(emit.builder.load(self.pointer(emit, i, j)))

    def _scattered_pointer(self, emit: VectorEmitter, i: Index, j: Index) -> Any:
        """The pointer to an entry of a row that has an address of its own."""
        builder, pointer = emit.builder, emit.addresses
        for offset in (i.variable, INT64(self.offset + i.constant)):
            pointer = pointer if offset is None else builder.gep(pointer, [offset])
        address = builder.load(pointer)
        # nothing else is ever stored where the addresses are
        address.set_metadata("invariant.load", builder.module.add_metadata([]))
        pointer = builder.inttoptr(address, emit.base.type)
        for offset in (j.variable, INT64(j.constant)):
            pointer = pointer if offset is None else builder.gep(pointer, [offset])
        return pointer

    def _accessible(self, emit: VectorEmitter, j: Index) -> int:
        """How many numbers may be accessed from column j on; loops only visit whole vectors."""
        return emit.lanes if j.variable is not None else self.padded_columns - j.constant


class StoredMatrix(NamedTuple):
    """A matrix as it is stored; if `column_major`, the rows of `matrix` are its columns."""

    matrix: Matrix
    column_major: bool


def lanes_for(columns: int, item_bytes: int) -> int:
    """The lanes of the shortest vector with a lane for each column, or of the widest vector.

    `item_bytes` is the size of a number.

    >>> lanes_for(1, 4), lanes_for(7, 4), lanes_for(1, 8)
    (4, 8, 2)
    """
    lanes = 16 // item_bytes
    while lanes < min(columns, VECTOR_BYTES // item_bytes):
        lanes *= 2
    return lanes
