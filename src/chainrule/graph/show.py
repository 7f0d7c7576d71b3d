"""The readable print of a graph: one line a node, values where there are some."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from chainrule.graph.display import writer
from chainrule.graph.graph import Graph
from chainrule.graph.html_table import table
from chainrule.graph.node import Node

__all__ = ["html", "show"]

MOST = 200
"""Lines of a table in a notebook."""


class Line(NamedTuple):
    """One node as it is told: what it is called, its shape and dtype, how it is made, its value."""

    name: str
    spec: str
    made: str
    value: str


@writer(Graph, "text")
def show(graph: Graph) -> str:
    """One line for the inputs, one for each operation, one for the outputs."""

    def comment(line: Line) -> str:
        return f"  # {line.value}" if line.value else ""

    told = list(lines(graph))
    given = [f"{line.name}: {line.spec}{comment(line)}" for line in told if line.made == "input"]
    made = [
        f"  {line.name}: {line.spec} = {line.made}{comment(line)}"
        for line in told
        if line.made != "input"
    ]
    returned = map(_operand(graph), graph.outputs)
    return "\n".join([f"graph ({', '.join(given)})", *made, f"return {', '.join(returned)}"])


@writer(Graph, "html")
def html(graph: Graph) -> str:
    """The same as a table for notebooks; of a long graph the first lines."""
    told = list(lines(graph))
    more = f"… and {len(told) - MOST} more" if len(told) > MOST else ""
    returned = ", ".join(map(_operand(graph), graph.outputs))
    rows = [(line.name, line.made, line.spec, line.value) for line in told[:MOST]]
    title = f"graph of {returned}: {len(told)} node{'s' * (len(told) != 1)}"
    return table(title, ("node", "made by", "shape", "value"), rows, more=more)


def lines(graph: Graph) -> Iterator[Line]:
    """The inputs, then every other node in order; single numbers stand where they are used."""
    operand, names = _operand(graph), graph.names()
    for node in graph.inputs:
        yield Line(names[node], str(node.spec), "input", _value(node))
    for node in graph.nodes:
        if node in graph.inputs:
            continue
        if node.primitive is None:
            if operand(node) == names[node]:
                yield Line(names[node], str(node.spec), "constant", _value(node))
            continue
        words = [node.primitive.name, *map(operand, node.inputs)]
        words += [f"{key}={_param(value)}" for key, value in node.params.items()]
        yield Line(names[node], str(node.spec), " ".join(words), _value(node))


def _operand(graph: Graph) -> Callable[[Node], str]:
    """How a node is written where it is used."""
    names = graph.names()

    def operand(node: Node) -> str:
        constant = node.primitive is None and not node.variable
        if constant and node.name is None and node.value is not None and node.value.ndim == 0:
            return f"{node.value:g}"
        return names[node]

    return operand


def _param(value: Any) -> str:
    return str(value).replace(" ", "")


def _value(node: Node) -> str:
    """The value, when it is short enough to be worth reading."""
    if node.value is None or node.value.size > 6:
        return ""
    return np.array2string(node.value, precision=6, separator=", ").replace("\n", "")
