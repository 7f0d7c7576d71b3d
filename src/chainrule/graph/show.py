"""The readable print of a graph: one line a node, values where there are some."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.graph.graph import Graph
from chainrule.graph.node import Node

__all__ = ["show"]


def show(graph: Graph) -> str:
    """One line for the inputs, one for each operation, one for the outputs."""
    names = graph.names()

    def operand(node: Node) -> str:
        constant = node.primitive is None and not node.variable
        if constant and node.name is None and node.value is not None and node.value.ndim == 0:
            return f"{node.value:g}"
        return names[node]

    lines = [f"graph ({', '.join(f'{names[n]}: {n.spec}{_value(n)}' for n in graph.inputs)})"]
    for node in graph.nodes:
        if node in graph.inputs:
            continue
        if node.primitive is None:
            if operand(node) == names[node]:
                lines.append(f"  {names[node]}: {node.spec} = constant{_value(node)}")
            continue
        words = [node.primitive.name, *map(operand, node.inputs)]
        words += [f"{key}={_param(value)}" for key, value in node.params.items()]
        lines.append(f"  {names[node]}: {node.spec} = {' '.join(words)}{_value(node)}")
    return "\n".join([*lines, f"return {', '.join(map(operand, graph.outputs))}"])


def _param(value: Any) -> str:
    return str(value).replace(" ", "")


def _value(node: Node) -> str:
    """The value as a comment, when it is short enough to be worth reading."""
    if node.value is None or node.value.size > 6:
        return ""
    return f"  # {np.array2string(node.value, precision=6, separator=', ')}".replace("\n", "")
