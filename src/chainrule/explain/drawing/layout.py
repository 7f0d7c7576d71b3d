"""The layout of a circuit: columns of boxes, and the routes of wires between and past them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from chainrule.explain.drawing.crossing_reduction import layered
from chainrule.explain.drawing.layer_assignment import Layers, Slot
from chainrule.explain.drawing.vertical_positions import Shape, VerticalPositions, from_top

__all__ = ["Drop", "Layout", "Place", "Route", "Shape", "arrange"]


class Place(NamedTuple):
    """The rectangle of a box: its top left corner and its size."""

    x: float
    y: float
    width: float
    height: float


class Drop(NamedTuple):
    """A wire between two columns, from the height `above` to the height `below` at `end`."""

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
    """The size of a drawing, its boxes by name, its wires, and the gaps between columns.

    A gap is a pair: the x of its left edge, and the drops in it.
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

    between  the vertical distance between two boxes of a column
    past     the vertical distance between a wire and its neighbours
    gap      returns the width between two columns with these drops
    whole    whether to round heights to whole numbers, as a terminal needs
    """
    layers = layered(list(shapes), edges)
    positions = VerticalPositions(layers, shapes, between, past)
    tops = from_top(positions.settled())
    if whole:
        tops = positions.rounded(tops)
    return _routed(layers, shapes, positions, tops, edges, gap)


def _routed(
    layers: Layers,
    shapes: Mapping[str, Shape],
    positions: VerticalPositions,
    tops: Mapping[Slot, float],
    edges: Sequence[tuple[str, str]],
    gap: Callable[[Sequence[Drop]], float],
) -> Layout:
    drops: list[list[Drop]] = [[] for _ in layers.slots]
    for left, right in layers.links:
        start = tops[left] + positions.out(left)
        end = tops[right] + positions.ports[left, right]
        drops[left.layer].append(Drop(left.name, right, start, end))
    places: dict[str, Place] = {}
    columns: list[tuple[float, float]] = []  # left and right edge
    gaps: list[tuple[float, tuple[Drop, ...]]] = []
    x = 0.0
    for i, layer in enumerate(layers.slots):
        boxes = [slot for slot in layer if positions.is_box(slot)]
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
        level = tops[end] + positions.ports[before, end]
        points += [(columns[last][0], level), (places[consumer].x, level)]
        return Route(source, consumer, tuple(points))

    bottoms = (tops[slot] + positions.height(slot) for layer in layers.slots for slot in layer)
    routes = tuple(route(source, consumer) for source, consumer in edges)
    return Layout(x, max(bottoms, default=0), places, routes, tuple(gaps[:-1]))
