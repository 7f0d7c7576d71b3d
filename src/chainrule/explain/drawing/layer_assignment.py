"""Assigns the boxes of a circuit to layers, left to right, and wires to the layers they pass.

This is the first phase of layered graph drawing (Sugiyama, Tagawa and Toda, 1981).  Every box is in
a layer after those of its inputs, and a wire that passes a layer gets a slot of its own there.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

__all__ = ["Edge", "Layers", "Slot", "assigned", "ranks", "reading_order"]

Edge = tuple[str, str]
"""The names of two boxes: an input, and its consumer."""


class Slot(NamedTuple):
    """A position in a layer: a box has one in its own layer, a wire in every layer it passes."""

    name: str
    layer: int


class Layers(NamedTuple):
    """The slots of each layer, top to bottom, and the links between slots of adjacent layers."""

    slots: list[list[Slot]]
    links: list[tuple[Slot, Slot]]
    rank: dict[str, int]


def assigned(names: Sequence[str], edges: Sequence[Edge]) -> Layers:
    """The layers of boxes given in topological order, each layer in reading order."""
    rank = ranks(names, edges)
    slots: list[list[Slot]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for name in names:
        slots[rank[name]].append(Slot(name, rank[name]))
    links: dict[tuple[Slot, Slot], None] = {}
    for source, consumer in edges:
        passed = [Slot(source, layer) for layer in range(rank[source], rank[consumer])]
        for slot in passed[1:]:
            if slot not in slots[slot.layer]:
                slots[slot.layer].append(slot)
        links.update(dict.fromkeys(pairwise([*passed, Slot(consumer, rank[consumer])])))
    number = reading_order(names, edges)
    for layer in slots:
        layer.sort(key=lambda slot: number[slot.name])
    return Layers(slots, list(links), rank)


def ranks(names: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """The layer of every box: as far left as its inputs allow, but leaves next to their consumer.

    A box whose inputs are all leaves without other consumers moves right with them, since that
    shortens its wire.
    """
    inputs: dict[str, list[str]] = {name: [] for name in names}
    users: dict[str, list[str]] = {name: [] for name in names}
    for source, consumer in edges:
        inputs[consumer].append(source)
        users[source].append(consumer)
    rank: dict[str, int] = {}
    for name in names:
        rank[name] = 1 + max((rank[source] for source in inputs[name]), default=-1)
    free = {name for name in names if not inputs[name]}
    for name in names:
        if inputs[name] and all(s in free and len(users[s]) == 1 for s in inputs[name]):
            free.add(name)
    for name in reversed(names):
        if name in free and users[name]:
            rank[name] = min(rank[user] for user in users[name]) - 1
    return rank


def reading_order(names: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """Every box numbered in the order a formula is read: the output, then its inputs in turn."""
    inputs: dict[str, list[str]] = {name: [] for name in names}
    for source, consumer in edges:
        inputs[consumer].append(source)
    number: dict[str, int] = {}
    stack = list(names)
    while stack:
        name = stack.pop()
        if name not in number:
            number[name] = len(number)
            stack.extend(reversed(inputs[name]))
    return number
