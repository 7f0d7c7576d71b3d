"""Where boxes and wires of a circuit go: columns of boxes, wires between and past them.

Each column has its boxes in the order that `layers` gives.  Heights are chosen so that wires run as
level as they can.  With the other columns held, the heights of one column that make the sum of the
squared drops least, with room between its boxes, are an isotonic regression; columns are done in
turn until they settle.  Then small drops count more (least squares, reweighted, become least
absolute values), so that a wire drops once instead of a little everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from chainrule.explain.drawing.layers import Layers, Slot, layered

__all__ = ["Drop", "Layout", "Place", "Route", "Shape", "arrange"]

ROUNDS = 40
"""Turns in each direction, the first half by least squares."""

FREE = 1e-6
"""How hard a box without a wire is held."""

SLIGHT = 2.0
"""A drop this small counts as level."""

PASSING, BETWEEN_GATES, FROM_LEAF = 20.0, 10.0, 1.0
"""How much a drop counts: most on the way past a column, least where a given value comes in."""


class Shape(NamedTuple):
    """The size of a box, and how far below its top the wires leave and enter it."""

    width: float
    height: float
    out: float
    ins: tuple[float, ...] = ()


class Place(NamedTuple):
    """Where a box stands: the corner at its top left, and its size."""

    x: float
    y: float
    width: float
    height: float


class Drop(NamedTuple):
    """A wire between two columns, from one height to another; `end` is where it arrives."""

    source: str
    end: Slot
    above: float
    below: float


class Route(NamedTuple):
    """A wire from box to box: level in columns, dropping only between them."""

    source: str
    consumer: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Layout:
    """A picture's size, its boxes by name, its wires, the gaps between columns.

    A gap is its left edge and the drops in it.
    """

    width: float
    height: float
    places: Mapping[str, Place]
    routes: tuple[Route, ...]
    gaps: tuple[tuple[float, tuple[Drop, ...]], ...]


def arrange(
    shapes: Mapping[str, Shape],
    edges: Sequence[tuple[str, str]],
    *,
    between: float,
    past: float,
    gap: Callable[[Sequence[Drop]], float],
    whole: bool = False,
) -> Layout:
    """Place boxes, given in topological order, and route the wires.

    between  room between boxes above each other
    past     room between a wire and what is above or below it
    gap      the width between two columns with these drops
    whole    round to whole numbers, as a terminal needs
    """
    layers = layered(list(shapes), edges)
    heights = _Heights(layers, shapes, between, past)
    tops = heights.settled()
    highest = min(tops.values(), default=0)
    tops = {slot: top - highest for slot, top in tops.items()}
    if whole:
        tops = heights.rounded(tops)
    return _drawn(layers, shapes, heights, tops, edges, gap)


class _Heights:
    """How high every slot stands."""

    def __init__(
        self, layers: Layers, shapes: Mapping[str, Shape], between: float, past: float
    ) -> None:
        self.layers, self.shapes = layers, shapes
        self.offsets: list[list[float]] = []
        for layer in layers.slots:
            down, offsets = 0.0, list[float]()
            for i, slot in enumerate(layer):
                if i:
                    boxes = self.is_box(layer[i - 1]) and self.is_box(slot)
                    down += between if boxes else past
                offsets.append(down)
                down += self.height(slot)
            self.offsets.append(offsets)
        self.ports = self._ports()
        self.pulls: dict[Slot, list[tuple[Slot, float, float]]] = {}
        for left, right in layers.links:
            # this end stands level with the other where top = other's top + difference
            if self.is_box(left) and self.is_box(right):
                weight = BETWEEN_GATES if shapes[left.name].ins else FROM_LEAF
            else:
                weight = PASSING
            difference = self.out(left) - self.ports[left, right]
            self.pulls.setdefault(right, []).append((left, difference, weight))
            self.pulls.setdefault(left, []).append((right, -difference, weight))

    def is_box(self, slot: Slot) -> bool:
        return self.layers.rank[slot.name] == slot.layer

    def height(self, slot: Slot) -> float:
        return self.shapes[slot.name].height if self.is_box(slot) else 0.0

    def out(self, slot: Slot) -> float:
        return self.shapes[slot.name].out if self.is_box(slot) else 0.0

    def _ports(self) -> dict[tuple[Slot, Slot], float]:
        """Where wires enter: the higher they come from, the higher."""
        place = {slot: i for layer in self.layers.slots for i, slot in enumerate(layer)}
        into: dict[Slot, list[Slot]] = {}
        for left, right in self.layers.links:
            into.setdefault(right, []).append(left)
        found: dict[tuple[Slot, Slot], float] = {}
        for right, lefts in into.items():
            lefts.sort(key=place.__getitem__)
            ins = self.shapes[right.name].ins if self.is_box(right) else (0.0,)
            found.update({(left, right): at for left, at in zip(lefts, ins, strict=True)})
        return found

    def settled(self) -> dict[Slot, float]:
        tops = {
            slot: offset
            for layer, offsets in zip(self.layers.slots, self.offsets, strict=True)
            for slot, offset in zip(layer, offsets, strict=True)
        }
        columns = list(zip(self.layers.slots, self.offsets, strict=True))
        for turn in range(ROUNDS):
            for layer, offsets in columns if turn % 2 == 0 else reversed(columns):
                targets = self._targets(layer, offsets, tops, turn >= ROUNDS // 2)
                for slot, offset, top in zip(layer, offsets, _rising(targets), strict=True):
                    tops[slot] = top + offset
        return tops

    def _targets(
        self,
        layer: Sequence[Slot],
        offsets: Sequence[float],
        tops: Mapping[Slot, float],
        absolute: bool,
    ) -> list[tuple[float, float]]:
        """Where the wires pull every slot, less the room above it, and how hard they do."""
        pulled: list[tuple[float, float]] = []
        for slot, offset in zip(layer, offsets, strict=True):
            total = level = 0.0
            for other, apart, weight in self.pulls.get(slot, ()):
                target = tops[other] + apart
                if absolute:
                    weight /= max(abs(target - tops[slot]), SLIGHT)
                total += weight
                level += weight * target
            pulled.append((level / total - offset if total else 0.0, total))
        # what has no wire stays with what is beside it
        beside = next((target for target, weight in pulled if weight), 0.0)
        found: list[tuple[float, float]] = []
        for target, weight in pulled:
            beside = target if weight else beside
            found.append((beside, weight or FREE))
        return found

    def rounded(self, tops: Mapping[Slot, float]) -> dict[Slot, float]:
        """Whole heights: rounding before room is added keeps what is apart apart."""
        found: dict[Slot, float] = {}
        for layer, offsets in zip(self.layers.slots, self.offsets, strict=True):
            for slot, offset in zip(layer, offsets, strict=True):
                found[slot] = round(tops[slot] - offset) + offset
        highest = min(found.values(), default=0)
        return {slot: top - highest for slot, top in found.items()}


def _rising(targets: Sequence[tuple[float, float]]) -> list[float]:
    """The numbers closest to weighted targets that do not fall: pool adjacent violators.

    >>> _rising([(1, 1), (3, 1), (2, 1), (5, 1)])
    [1.0, 2.5, 2.5, 5.0]
    """
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many
    for target, weight in targets:
        mean, many = float(target), 1
        while pools and pools[-1][0] > mean:
            before, heavy, others = pools.pop()
            mean = (before * heavy + mean * weight) / (heavy + weight)
            weight, many = weight + heavy, many + others
        pools.append((mean, weight, many))
    return [mean for mean, _, many in pools for _ in range(many)]


def _drawn(
    layers: Layers,
    shapes: Mapping[str, Shape],
    heights: _Heights,
    tops: Mapping[Slot, float],
    edges: Sequence[tuple[str, str]],
    gap: Callable[[Sequence[Drop]], float],
) -> Layout:
    drops: list[list[Drop]] = [[] for _ in layers.slots]
    for left, right in layers.links:
        start = tops[left] + heights.out(left)
        end = tops[right] + heights.ports[left, right]
        drops[left.layer].append(Drop(left.name, right, start, end))
    places: dict[str, Place] = {}
    columns: list[tuple[float, float]] = []  # left and right edge
    gaps: list[tuple[float, tuple[Drop, ...]]] = []
    x = 0.0
    for i, layer in enumerate(layers.slots):
        boxes = [slot for slot in layer if heights.is_box(slot)]
        right = x + max((shapes[slot.name].width for slot in boxes), default=0.0)
        columns.append((x, right))
        for slot in boxes:
            shape = shapes[slot.name]
            places[slot.name] = Place(right - shape.width, tops[slot], shape.width, shape.height)
        gaps.append((right, tuple(drops[i])))
        x = right + (gap(drops[i]) if i + 1 < len(layers.slots) else 0.0)

    def route(source: str, consumer: str) -> Route:
        first, last = layers.rank[source], layers.rank[consumer]
        points = [(columns[first][1], tops[Slot(source, first)] + shapes[source].out)]
        for layer in range(first + 1, last):
            level = tops[Slot(source, layer)]
            points += [(columns[layer][0], level), (columns[layer][1], level)]
        end, before = Slot(consumer, last), Slot(source, last - 1)
        level = tops[end] + heights.ports[before, end]
        points += [(columns[last][0], level), (places[consumer].x, level)]
        return Route(source, consumer, tuple(points))

    bottom = max((tops[s] + heights.height(s) for layer in layers.slots for s in layer), default=0)
    routes = tuple(route(source, consumer) for source, consumer in edges)
    return Layout(x, bottom, places, routes, tuple(gaps[:-1]))
