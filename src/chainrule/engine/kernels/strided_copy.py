"""Copies of matrices with any strides."""

from __future__ import annotations

from chainrule.engine.jit.compile import inner
from chainrule.program.view import MAX_AXES

__all__ = ["LENGTHS", "copy_matrix"]

AXES = 6
"""The axes that kernels loop over, as many as lowering leaves.

Kernels use names of the engine alone: only its files decide whether cached machine code is stale.
"""
assert AXES == MAX_AXES

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
