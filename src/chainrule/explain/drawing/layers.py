"""Boxes in layers, left to right, ordered so that few wires cross.

The method of Sugiyama, Tagawa and Toda (1981): every box goes to a layer after those it is made
from; a wire that passes a layer gets a place of its own there; then layers are reordered by the
mean places of their neighbours, sweeping to and fro, and neighbours are exchanged where that helps.
Sweeps begin at either end, with equals in either order, and the best of them is kept.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise, product
from typing import NamedTuple

__all__ = ["Layers", "Slot", "crossings", "layered", "ranks"]

SWEEPS = 8

Edge = tuple[str, str]


class Slot(NamedTuple):
    """A place in a layer: a box in its own layer, in later ones the wire that leaves it."""

    name: str
    layer: int


class Layers(NamedTuple):
    """The slots of each layer, top to bottom, and the links between slots of adjacent layers."""

    slots: list[list[Slot]]
    links: list[tuple[Slot, Slot]]
    rank: dict[str, int]

    def crossings(self) -> int:
        """How many pairs of links cross."""
        return _total(self.slots, _neighbours(self.links)[0])


def layered(names: Sequence[str], edges: Sequence[Edge]) -> Layers:
    """Layers for boxes given in topological order, the last an output.

    The inputs of a box are best read in the order of their edges; the same input gives the same
    layers.

    >>> found = layered("abxy", [("a", "y"), ("b", "x")])
    >>> found.slots, found.crossings()
    ([[Slot(name='a', layer=0), Slot(name='b', layer=0)], \
[Slot(name='y', layer=1), Slot(name='x', layer=1)]], 0)
    """
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
    number = _reading(names, edges)
    for layer in slots:
        layer.sort(key=lambda slot: number[slot.name])
    return Layers(_ordered(slots, list(links), number), list(links), rank)


def ranks(names: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """The layer of every box: as far left as its inputs allow, and leaves next to their use.

    What is made from leaves alone moves right with them, for that shortens its wire.
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


def _reading(names: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
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


def crossings(above: Sequence[Slot], right: Mapping[Slot, int], links: Mapping[Slot, list[Slot]]):
    """Crossings between a layer and the next, whose slots stand at the places `right`."""
    seen: list[int] = []
    found = 0
    for slot in above:
        ends = sorted(right[end] for end in links.get(slot, ()))
        found += sum(len(seen) - bisect_right(seen, end) for end in ends)
        for end in ends:
            insort(seen, end)
    return found


Neighbours = dict[Slot, list[Slot]]


def _neighbours(links: Iterable[tuple[Slot, Slot]]) -> tuple[Neighbours, Neighbours]:
    after: Neighbours = {}
    before: Neighbours = {}
    for left, right in links:
        after.setdefault(left, []).append(right)
        before.setdefault(right, []).append(left)
    return after, before


def _places(layer: Iterable[Slot]) -> dict[Slot, int]:
    return {slot: i for i, slot in enumerate(layer)}


def _total(slots: Sequence[Sequence[Slot]], after: Neighbours) -> int:
    return sum(crossings(left, _places(right), after) for left, right in pairwise(slots))


def _ordered(
    slots: list[list[Slot]], links: list[tuple[Slot, Slot]], number: Mapping[str, int]
) -> list[list[Slot]]:
    """The order with the fewest crossings that is found; of equals, the nearest to `number`."""
    after, before = _neighbours(links)

    def judged(order: list[list[Slot]]) -> tuple[int, int]:
        return _total(order, after), sum(_disorder(layer, number) for layer in order)

    best, least = slots, judged(slots)
    for rightwards, turned in product((True, False), repeat=2):
        current = [list(layer) for layer in slots]
        for _ in range(SWEEPS):
            if least == (0, 0):
                return best
            layers = range(1, len(current)) if rightwards else range(len(current) - 2, -1, -1)
            for i in layers:
                beside = current[i - 1] if rightwards else current[i + 1]
                if turned:
                    current[i].reverse()  # so that of equals the other one is first
                _by_mean(current[i], _places(beside), before if rightwards else after)
            _exchange(current, after, before)
            for order in (current, [layer[::-1] for layer in current]):
                found = judged(order)
                if found < least:
                    best, least = [list(layer) for layer in order], found
            rightwards = not rightwards
    return best


def _disorder(layer: Iterable[Slot], number: Mapping[str, int]) -> int:
    """Pairs of a layer that stand the other way round than their numbers."""
    seen: list[int] = []
    found = 0
    for slot in layer:
        found += len(seen) - bisect_right(seen, number[slot.name])
        insort(seen, number[slot.name])
    return found


def _by_mean(layer: list[Slot], beside: Mapping[Slot, int], towards: Neighbours) -> None:
    """Order by the mean place of the neighbours; a slot without any keeps its place."""
    scale = max(len(beside) - 1, 1) / max(len(layer) - 1, 1)
    wanted: dict[Slot, float] = {}
    for i, slot in enumerate(layer):
        near = [beside[other] for other in towards.get(slot, ())]
        wanted[slot] = sum(near) / len(near) if near else i * scale
    layer.sort(key=wanted.__getitem__)


def _exchange(slots: list[list[Slot]], after: Neighbours, before: Neighbours) -> None:
    """Exchange slots below each other as long as wires cross less."""
    for i, layer in enumerate(slots):
        left = _places(slots[i - 1]) if i else {}
        right = _places(slots[i + 1]) if i + 1 < len(slots) else {}
        sides = [(left, before), (right, after)]
        ends = {
            slot: [sorted(at[end] for end in to.get(slot, ()) if end in at) for at, to in sides]
            for slot in layer
        }
        for _ in layer:
            moved = False
            for j, (upper, lower) in enumerate(pairwise(list(layer))):
                if (upper, lower) != (layer[j], layer[j + 1]):
                    continue  # just moved
                as_is = sum(map(_inversions, ends[upper], ends[lower]))
                if sum(map(_inversions, ends[lower], ends[upper])) < as_is:
                    layer[j], layer[j + 1] = lower, upper
                    moved = True
            if not moved:
                break


def _inversions(upper: Sequence[int], lower: Sequence[int]) -> int:
    """Pairs whose wires cross: one of `upper` that ends below one of `lower`."""
    return sum(len(upper) - bisect_right(upper, end) for end in lower)
