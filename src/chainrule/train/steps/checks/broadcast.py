"""Whether a loss of one's own compares outputs with the targets of other rows or columns."""

from __future__ import annotations

from collections.abc import Iterable

from chainrule.errors import ShapeError, warn
from chainrule.graph import Node, ancestors, primitive_of
from chainrule.ops import Tensor

__all__ = ["check_broadcast"]


def check_broadcast(value: Tensor, outputs: Iterable[Node], targets: Iterable[Node]) -> None:
    """Look at where a loss combines outputs and targets entry by entry, and broadcasts them.

    Raises ShapeError where that compares every row with every other, as (n, 1) with (n,) does.
    Warns where several outputs are compared with one target, as (n, 2) with (n, 1), which may be
    meant.
    """
    outputs, targets = set(outputs), set(targets)
    by_output, by_target = outputs.copy(), targets.copy()
    for node in ancestors([value.node]):
        if not by_output.isdisjoint(node.inputs):
            by_output.add(node)
        if not by_target.isdisjoint(node.inputs):
            by_target.add(node)
        if node.primitive is None or not primitive_of(node).elementwise:
            continue
        ours = [one for one in node.inputs if one in by_output and one not in by_target]
        theirs = [one for one in node.inputs if one in by_target and one not in by_output]
        for one in ours:
            for other in theirs:
                _compare(node, one, other)


def _compare(node: Node, output: Node, target: Node) -> None:
    shapes = output.spec.shape, target.spec.shape
    size = max(output.spec.size, target.spec.size)
    if shapes[0] == shapes[1] or min(output.spec.size, target.spec.size) == 1:
        return
    found = f"outputs {shapes[0]} and targets {shapes[1]}"
    if node.spec.size > size:
        raise ShapeError(
            "loss",
            expected="outputs and targets of one shape",
            got=f"{found}, which broadcast to {node.spec.shape}: every row with every other",
            remedy="reshape one of them: y[:, None] for targets, y.reshape(-1) for outputs",
        )
    warn(
        f"the loss compares {found}: each of them with several others;"
        " if that is meant, say so by cr.broadcast_to"
    )
