"""Sums over the rows of a matrix, some columns at a time in vector registers."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from chainrule.engine.compile import compiled
from chainrule.engine.vectors import SIZE, Writer, lanes

__all__ = ["add_rows"]


def _summed(vectors: int) -> Any:
    """A function that adds up `rows` rows from A[a] on, `width` apart, as wide as `vectors`.

    sums(A, a, width, rows, columns, o): `columns` sums to A[o:].
    """

    @intrinsic
    def sums(typing: Any, A: Any, a: Any, width: Any, rows: Any, columns: Any, o: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array, a, width, rows, columns, o = arguments
            write = Writer(context, builder, signature.args[0], array)
            masks = [write.mask(builder.sub(columns, SIZE(v * write.lanes))) for v in range(vectors)]

            def body(r: Any, sums: list[Any]) -> list[Any]:
                line = write.at(a, builder.mul(r, width))
                return [
                    builder.fadd(
                        total,
                        write.load_some(builder.gep(line, [SIZE(v * write.lanes)]), masks[v]),
                        flags=("reassoc",),
                    )
                    for v, total in enumerate(sums)
                ]

            zeros = [ir.Constant(write.vector, None)] * vectors
            for v, total in enumerate(write.loop(rows, zeros, body)):
                write.store(total, write.at(o, SIZE(v * write.lanes)), masks[v])
            return context.get_dummy_value()

        return types.void(A, *[types.int64] * 5), generate

    return sums


WIDE = 4
_wide, _narrow = _summed(WIDE), _summed(1)


@compiled
def add_rows(A, a, width, rows, columns, o):
    """The sums of some columns of a matrix whose rows begin `width` apart, to A[o:]."""
    size, j = lanes(A), 0
    while j < columns:
        if columns - j > size:
            _wide(A, a + j, width, rows, columns - j, o + j)
            j += WIDE * size
        else:
            _narrow(A, a + j, width, rows, columns - j, o + j)
            j += size
