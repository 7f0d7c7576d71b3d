"""Looks up the entries that a user names, such as `w5` or `layers.0.weight[5, 30]`."""

from __future__ import annotations

import re

import numpy as np

from chainrule.errors import OptionError, UnknownNameError
from chainrule.explain.entries.entry import Entry, entry_name
from chainrule.graph import Graph, Node, step_name
from chainrule.ops import Tensor

__all__ = ["entries_named", "example_name"]

INDEX = r"\d{1,18}"
"""One index in square brackets; no array is long enough for more than 18 digits."""


def entries_named(graph: Graph, wanted: str | Tensor, option: str = "wrt") -> list[Entry]:
    """All entries of an array for its name or tensor, one entry for `weight[5, 300]`.

    Raises UnknownNameError with close matches, OptionError for an index outside the array.
    """
    names = graph.names()
    if isinstance(wanted, Tensor):
        node, index = wanted.node, None
        if node not in names:
            raise UnknownNameError(option, node.label, _known(names))
    else:
        by_name = {name: node for node, name in names.items()}
        array, written = _split(wanted.strip())
        if array not in by_name:
            raise UnknownNameError(option, array, _known(names))
        node = by_name[array]
        index = tuple(map(int, written.split(","))) if written else None
    shape = node.spec.shape
    if index is None:
        return [Entry(node, each) for each in np.ndindex(*shape)]
    if len(index) != len(shape) or any(i >= n for i, n in zip(index, shape, strict=True)):
        remedy = "entries are counted from 0"
        if len(index) == len(shape) and all(shape):
            nearest = tuple(min(i, n - 1) for i, n in zip(index, shape, strict=True))
            remedy += f"; did you mean {entry_name(names[node], nearest)}?"
        raise OptionError(
            option,
            expected=f"an entry of {names[node]}, of shape {shape}",
            got=f"[{', '.join(map(str, index))}]",
            remedy=remedy,
        )
    return [Entry(node, index)]


def _split(wanted: str) -> tuple[str, str]:
    """The name of an array, such as h[t=3], and the index of an entry, which may be empty."""
    indices = rf"{INDEX}(?:\s*,\s*{INDEX})*"
    match = re.fullmatch(
        rf"(.*?)\s*\[\s*t\s*=\s*(\d+)\s*(?:,\s*({indices})\s*)?\]", wanted, re.DOTALL
    )
    if match:
        return step_name(match[1], int(match[2])), match[3] or ""
    match = re.fullmatch(rf"(.*?)\s*(?:\[\s*({indices})\s*\])?", wanted, re.DOTALL)
    assert match is not None, "the first group matches any text"
    return match[1], match[2] or ""


def example_name(graph: Graph) -> str:
    """The name of an entry, as an example in an error that asks the user to name one."""
    variables = [node for node in graph.nodes if node.variable]
    node = next((n for n in variables if n.spec.shape), (*variables, graph.outputs[0])[0])
    return entry_name(graph.names()[node], (0,) * len(node.spec.shape))


def _known(names: dict[Node, str]) -> list[str]:
    return [name for node, name in names.items() if node.variable or node.name]
