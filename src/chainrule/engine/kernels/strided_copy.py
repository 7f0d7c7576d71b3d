"""Copies of matrices with any strides."""

from __future__ import annotations

from chainrule.engine.jit.compile import inner

__all__ = ["AXES", "LENGTHS", "copy_matrix"]

AXES = 6
"""`MAX_AXES` of views; kernels only use numbers of the engine, whose files their cache is for."""

LENGTHS = tuple(f"length_{axis}" for axis in range(AXES))
"""The fields of the lengths of all axes, in instructions on operands with any strides."""


@inner
def copy_matrix(A, source, down, along, to, to_down, to_along, rows, columns):
    """Copy rows × columns numbers; entries are `down` and `along` apart."""
    for r in range(rows):
        first, target = source + r * down, to + r * to_down
        if along == 1 and to_along == 1:
            line, copied = A[first : first + columns], A[target : target + columns]
            for c in range(columns):
                copied[c] = line[c]
        elif to_along == 1:
            copied = A[target : target + columns]
            for c in range(columns):
                copied[c] = A[first + c * along]
        else:
            for c in range(columns):
                A[target + c * to_along] = A[first + c * along]
