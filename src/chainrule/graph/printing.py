"""Prints graphs: one line per node, with short values, as text or as an HTML table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from textwrap import indent
from typing import Any, NamedTuple

import numpy as np

from chainrule.graph.display import writer
from chainrule.graph.graph import Graph
from chainrule.graph.html_table import table
from chainrule.graph.node import Node

__all__ = ["html", "text"]

MOST_ROWS = 200
"""The most rows that a table in a notebook shows."""


class Line(NamedTuple):
    """One printed node: its name, shape and dtype, the operation with its operands, its value.

    An operation with several outputs has all of them on its line, "_" for one that is not used;
    `bodies` are the graphs among its parameters.
    """

    name: str
    spec: str
    operation: str
    value: str
    bodies: tuple[Graph, ...] = ()


@writer(Graph, "text")
def text(graph: Graph) -> str:
    """Print one line for the inputs, one for each operation and one for the outputs."""

    def comment(line: Line) -> str:
        return f"  # {line.value}" if line.value else ""

    inputs: list[str] = []
    operations: list[str] = []
    for line in lines(graph):
        if line.operation == "input":
            inputs.append(f"{line.name}: {line.spec}{comment(line)}")
        else:
            operations.append(f"  {line.name}: {line.spec} = {line.operation}{comment(line)}")
            operations.extend(indent(str(body), "    ") for body in line.bodies)
    outputs = map(_operand(graph), graph.outputs)
    return "\n".join([f"graph ({', '.join(inputs)})", *operations, f"return {', '.join(outputs)}"])


@writer(Graph, "html")
def html(graph: Graph) -> str:
    """Render the same lines as a table for notebooks, cut after `MOST_ROWS`."""
    listed = list(lines(graph))
    more = f"… and {len(listed) - MOST_ROWS} more" if len(listed) > MOST_ROWS else ""
    outputs = ", ".join(map(_operand(graph), graph.outputs))
    rows = [(line.name, line.operation, line.spec, line.value) for line in listed[:MOST_ROWS]]
    title = f"graph of {outputs}: {len(listed)} node{'s' * (len(listed) != 1)}"
    return table(title, ("node", "made by", "shape", "value"), rows, more=more)


def lines(graph: Graph) -> Iterator[Line]:
    """Yield the inputs, then the other nodes in order; unnamed scalar constants have no line."""
    operand, names, written = _operand(graph), graph.names(), set(graph.inputs)
    for node in graph.inputs:
        yield Line(names[node], str(node.spec), "input", _value(node))
    for node in graph.nodes:
        if node in written:
            continue
        if node.primitive is None:
            if operand(node) == names[node]:
                yield Line(names[node], str(node.spec), "constant", _value(node))
            continue
        words = [node.primitive.name, *map(operand, node.inputs)]
        bodies = tuple(value for value in node.params.values() if isinstance(value, Graph))
        plain = {key: value for key, value in node.params.items() if value not in bodies}
        words += [f"{key}={_param(value)}" for key, value in plain.items()]
        shown = [one for one in node.outputs if one in names and one not in written]
        written.update(shown)
        name = ", ".join(names[one] if one in shown else "_" for one in node.outputs)
        spec = ", ".join(str(one.spec) for one in node.outputs)
        yield Line(name, spec, " ".join(words), ", ".join(filter(None, map(_value, shown))), bodies)


def _operand(graph: Graph) -> Callable[[Node], str]:
    """Return a function that writes a node as an operand."""
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
    """The value if it has at most six entries, else nothing."""
    if node.value is None or node.value.size > 6:
        return ""
    return np.array2string(node.value, precision=6, separator=", ").replace("\n", "")
