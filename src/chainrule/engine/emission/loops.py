"""Loops over entries and blocks of matrices, emitted as loops or unrolled while emitting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from chainrule.engine.simd.vector_emitter import INT64, VectorEmitter

__all__ = ["ZERO", "Index", "for_blocks", "repeat"]


class Index(NamedTuple):
    """The sum of a number that is known while emitting and a variable of the emitted code."""

    constant: int
    variable: Any = None

    def plus(self, n: int) -> Index:
        """The index plus n."""
        return Index(self.constant + n, self.variable)

    def times(self, builder: Any, n: int) -> Index:
        """The index times n."""
        variable = None if self.variable is None else builder.mul(self.variable, INT64(n))
        return Index(self.constant * n, variable)


ZERO = Index(0)


def for_blocks(
    emit: VectorEmitter, n: int, size: int, body: Callable[[Index, int], None], *, unrolled: bool
) -> None:
    """Emit `body(start, length)` for n entries in blocks of `size`, as a loop unless `unrolled`.

    The last block may be shorter.
    """
    blocks = n // size

    def block(i: Index, _: list[Any]) -> list[Any]:
        body(i.times(emit.builder, size), size)
        return []

    repeat(emit, blocks, [], block, unrolled=unrolled)
    if n % size:
        body(Index(blocks * size), n % size)


def repeat(
    emit: VectorEmitter, n: int, values: list[Any], body: Callable[[Index, list[Any]], list[Any]],
    *, unrolled: bool,
) -> list[Any]:  # fmt: skip
    """Emit `values = body(i, values)` for i below n, as a loop unless `unrolled`.

    Returns the last values.
    """
    if unrolled or n < 2:
        for i in range(n):
            values = body(Index(i), values)
        return values
    return emit.loop(INT64(n), values, lambda i, values: body(Index(0, i), values))
