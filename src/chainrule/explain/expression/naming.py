"""Names for the results of an expression."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from itertools import count

from chainrule.errors import ExpressionError
from chainrule.graph import Graph
from chainrule.ops import Tensor
from chainrule.ops.shapes import copy

__all__ = ["completed", "scalar_name"]


def completed(
    output: Tensor, names: Mapping[str, Tensor], used: Set[str], *, intermediates: bool
) -> Tensor:
    """The output, with names for all results; refuses unused values and statements."""
    unused = [n for n, t in names.items() if t.node.variable and n not in used]
    if unused:
        raise ExpressionError(
            "value",
            expected="values for names in the expression",
            got=f"{', '.join(unused)}, which it does not use",
            remedy="check the spelling",
        )
    if output.node.primitive is None:
        output = copy(output)
    graph = Graph.of([output.node])
    unreached = [name for name, tensor in names.items() if tensor.node not in graph.nodes]
    if unreached and not output.node.variable:
        raise ExpressionError(
            "expression",
            expected="statements that lead to the last one",
            got=f"{', '.join(unreached)}, which it does not depend on",
            remedy="leave them out, or use them",
        )
    taken = {str(tensor.name) for tensor in names.values()}
    if output.name is None:
        output.named(next(n for n in numbered("f", "out") if n not in taken))
        taken.add(output.name or "")
    stem = "v" if any(n[0] == "f" and n[1:].isdigit() for n in taken) else "f"
    free = (name for name in numbered(stem) if name[1:] and name not in taken)
    for node in graph.nodes if intermediates else ():
        if node.primitive is not None and node.name is None:
            node.name = next(free)
    return output


def scalar_name(name: str) -> str:
    """The name of a scalar: `z_0` for what a user calls `z[0]`, since only arrays have brackets."""
    return re.sub(r"\W+", "_", name).strip("_") if "[" in name else name


def numbered(*stems: str) -> Iterator[str]:
    """The stems themselves, then the last one with 1, 2, 3, …"""
    yield from stems
    yield from (f"{stems[-1]}{i}" for i in count(1))
