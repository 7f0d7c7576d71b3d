"""Orders the slots of each layer so that few wires cross.

This is the second phase of layered graph drawing (Sugiyama, Tagawa and Toda, 1981).  Sweeps to and
fro sort each layer by the mean positions of its neighbours in the layer before; then adjacent slots
are exchanged where that removes crossings.  Sweeps begin at either end, with ties in either order,
and the best order of all is taken.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise, product

from chainrule.explain.drawing.layer_assignment import Edge, Layers, Slot, assigned, reading_order

__all__ = ["crossings", "layered"]

SWEEPS = 8

Neighbours = dict[Slot, list[Slot]]


def layered(names: Sequence[str], edges: Sequence[Edge]) -> Layers:
    """The layers of boxes given in topological order, the last an output, with few crossings.

    The inputs of a box keep the order of their edges where possible.  The result is deterministic.

    >>> found = layered("abxy", [("a", "y"), ("b", "x")])
    >>> found.slots, crossings(found)
    ([[Slot(name='a', layer=0), Slot(name='b', layer=0)], \
[Slot(name='y', layer=1), Slot(name='x', layer=1)]], 0)
    """
    layers = assigned(names, edges)
    return layers._replace(slots=_ordered(layers, reading_order(names, edges)))


def crossings(layers: Layers) -> int:
    """The number of pairs of links that cross."""
    return _all_crossings(layers.slots, _neighbours(layers.links)[0])


def _ordered(layers: Layers, number: Mapping[str, int]) -> list[list[Slot]]:
    """The order with the fewest crossings that is found; of equals, the nearest to `number`."""
    slots = layers.slots
    after, before = _neighbours(layers.links)

    def cost(order: list[list[Slot]]) -> tuple[int, int]:
        return _all_crossings(order, after), sum(_disorder(layer, number) for layer in order)

    best, least = slots, cost(slots)
    for rightwards, reversed_ties in product((True, False), repeat=2):
        current = [list(layer) for layer in slots]
        for _ in range(SWEEPS):
            if least == (0, 0):
                return best
            indices = range(1, len(current)) if rightwards else range(len(current) - 2, -1, -1)
            for i in indices:
                adjacent = current[i - 1] if rightwards else current[i + 1]
                if reversed_ties:
                    current[i].reverse()
                _sort_by_mean(current[i], _positions(adjacent), before if rightwards else after)
            _exchange_adjacent(current, after, before)
            for order in (current, [layer[::-1] for layer in current]):
                found = cost(order)
                if found < least:
                    best, least = [list(layer) for layer in order], found
            rightwards = not rightwards
    return best


def _sort_by_mean(layer: list[Slot], adjacent: Mapping[Slot, int], towards: Neighbours) -> None:
    """Sort by the mean position of the neighbours; a slot without any keeps its position."""
    scale = max(len(adjacent) - 1, 1) / max(len(layer) - 1, 1)
    wanted: dict[Slot, float] = {}
    for i, slot in enumerate(layer):
        near = [adjacent[other] for other in towards.get(slot, ())]
        wanted[slot] = sum(near) / len(near) if near else i * scale
    layer.sort(key=wanted.__getitem__)


def _exchange_adjacent(slots: list[list[Slot]], after: Neighbours, before: Neighbours) -> None:
    """Exchange slots next to each other in a layer as long as that removes crossings."""
    for i, layer in enumerate(slots):
        left = _positions(slots[i - 1]) if i else {}
        right = _positions(slots[i + 1]) if i + 1 < len(slots) else {}
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


def _all_crossings(slots: Sequence[Sequence[Slot]], after: Neighbours) -> int:
    return sum(_crossings(left, _positions(right), after) for left, right in pairwise(slots))


def _crossings(left: Sequence[Slot], right: Mapping[Slot, int], links: Neighbours) -> int:
    """The crossings between a layer and the next, whose slots are at the positions `right`."""
    seen: list[int] = []
    found = 0
    for slot in left:
        ends = sorted(right[end] for end in links.get(slot, ()))
        found += sum(len(seen) - bisect_right(seen, end) for end in ends)
        for end in ends:
            insort(seen, end)
    return found


def _disorder(layer: Iterable[Slot], number: Mapping[str, int]) -> int:
    """The number of pairs of slots in a layer whose order is not that of their numbers."""
    seen: list[int] = []
    found = 0
    for slot in layer:
        found += len(seen) - bisect_right(seen, number[slot.name])
        insort(seen, number[slot.name])
    return found


def _inversions(upper: Sequence[int], lower: Sequence[int]) -> int:
    """The number of crossings: pairs of wires where one of `upper` ends below one of `lower`."""
    return sum(len(upper) - bisect_right(upper, end) for end in lower)


def _neighbours(links: Iterable[tuple[Slot, Slot]]) -> tuple[Neighbours, Neighbours]:
    """The linked slots of each slot: in the layer after it, and in the layer before."""
    after: Neighbours = {}
    before: Neighbours = {}
    for left, right in links:
        after.setdefault(left, []).append(right)
        before.setdefault(right, []).append(left)
    return after, before


def _positions(layer: Iterable[Slot]) -> dict[Slot, int]:
    return {slot: i for i, slot in enumerate(layer)}
