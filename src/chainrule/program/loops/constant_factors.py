"""Constant factors: a matrix that is the same in all steps of a loop is packed only once."""

from __future__ import annotations

from chainrule.program.instruction import TimeLoop, flattened

__all__ = ["keep_constant_factors"]


def keep_constant_factors(loop: TimeLoop) -> None:
    """Mark the products in a loop of which no step changes the right factor."""
    changed = {view.buffer for one in flattened(loop.body) for view in one.outputs}
    for one in loop.body:
        if one.op == "gemm" and one.inputs[1].buffer not in changed and not one.inputs[1].step:
            one.attributes = {**one.attributes, "constant_factor": True}
            one.loop = loop
