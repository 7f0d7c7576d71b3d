"""Names people give, and the entries of a record they mean."""

from __future__ import annotations

import re

import numpy as np

from chainrule.errors import OptionError, UnknownNameError
from chainrule.explain.entries.cells import Cell
from chainrule.explain.entries.symbolic import entry_name
from chainrule.graph import Graph, Node
from chainrule.ops import Tensor

__all__ = ["entries", "example"]

DIGITS = r"\d{1,18}"
"""Of a place in an array: no array has indices with more."""


def entries(graph: Graph, wanted: str | Tensor) -> list[Cell]:
    """The entries a name means: `w5` a scalar or all of an array, `weight[5, 300]` one entry.

    Raises UnknownNameError with near matches, OptionError for a place outside the array.
    """
    names = graph.names()
    if isinstance(wanted, Tensor):
        node, index = wanted.node, None
        if node not in names:
            raise UnknownNameError("wrt", node.label, _known(names))
    else:
        match = re.fullmatch(
            rf"(.*?)\s*(?:\[\s*({DIGITS}(?:\s*,\s*{DIGITS})*)\s*\])?", wanted.strip()
        )
        assert match is not None, "the first group takes any text"
        by_name = {name: node for node, name in names.items()}
        if match[1] not in by_name:
            raise UnknownNameError("wrt", match[1], _known(names))
        node = by_name[match[1]]
        index = tuple(map(int, match[2].split(","))) if match[2] else None
    shape = node.spec.shape
    if index is None:
        return [Cell(node, place) for place in np.ndindex(*shape)]
    if len(index) != len(shape) or any(i >= n for i, n in zip(index, shape, strict=True)):
        remedy = "entries are counted from 0"
        if len(index) == len(shape) and all(shape):
            nearest = tuple(min(i, n - 1) for i, n in zip(index, shape, strict=True))
            remedy += f"; did you mean {entry_name(names[node], nearest)}?"
        raise OptionError(
            "wrt",
            expected=f"an entry of {names[node]}, of shape {shape}",
            got=f"[{', '.join(map(str, index))}]",
            remedy=remedy,
        )
    return [Cell(node, index)]


def example(graph: Graph) -> str:
    """How an entry of this record is asked for."""
    variables = [node for node in graph.nodes if node.variable]
    node = next((n for n in variables if n.spec.shape), (*variables, graph.outputs[0])[0])
    place = f"[{', '.join('0' for _ in node.spec.shape)}]" if node.spec.shape else ""
    return f"{graph.names()[node]}{place}"


def _known(names: dict[Node, str]) -> list[str]:
    return [name for node, name in names.items() if node.variable or node.name]
