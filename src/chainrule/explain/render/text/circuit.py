"""Small circuits drawn with box characters for a terminal: values above wires, gradients below."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import permutations

from chainrule.explain.drawing.diagram import Box, Diagram
from chainrule.explain.drawing.layer_assignment import ranks
from chainrule.explain.drawing.layout import Drop, Layout, Route, Shape, arrange
from chainrule.explain.render.text.character_grid import CharacterGrid
from chainrule.formula.numbers import NumberStyle, NumberWriter

__all__ = ["circuit_lines"]

FIGURES = 4
"""The most significant digits of a number on a wire."""

MOST_BOXES, MOST_LINES, MOST_TRACKS = 30, 32, 5
"""Limits of a drawing.  All orders of the tracks between two columns are tried: 5! = 120."""


def circuit_lines(diagram: Diagram, width: int, number: NumberWriter | None = None) -> list[str]:
    """Draw a circuit in lines of at most `width` columns; an empty list if it does not fit.

    >>> from chainrule.explain import explain, read
    >>> from chainrule.explain.drawing import circuit
    >>> derivation = explain(read("f = x * y", {"x": 3, "y": -4})).derivation
    >>> print("\\n".join(circuit_lines(circuit(derivation), 80)))
       3
    x ─────┐  ┌─────┐ -12
       -4  └──┤ f   ├─────
       -4   ┌─┤ x·y │  1
    y ──────┘ └─────┘
       3
    """
    number = number or NumberWriter(NumberStyle())
    if len(diagram.boxes) > MOST_BOXES or not all(map(_narrow, diagram.boxes)):
        return []
    shapes = {box.name: _shape(box, diagram, number) for box in diagram.boxes}
    edges = [(wire.source, wire.consumer) for wire in diagram.wires]
    if _least(shapes, edges) > width:
        return []
    layout = arrange(shapes, edges, between=0, past=1, gap=_gap, whole=True)
    if layout.width > width or layout.height > MOST_LINES:
        return []
    tracks = [_tracks(drops) for _, drops in layout.gaps]
    if any(order is None for order in tracks):
        return []
    grid = CharacterGrid()
    starts = [x for x, _ in layout.gaps]
    for route in layout.routes:
        _wire(grid, route, {x: order or [] for x, order in zip(starts, tracks, strict=True)})
    for box in diagram.boxes:
        _box(grid, box, layout, shapes[box.name], number)
    return grid.lines()


def _least(shapes: Mapping[str, Shape], edges: Sequence[tuple[str, str]]) -> float:
    """A lower bound of the drawing's width, known before anything is placed."""
    widest: dict[int, float] = {}
    for name, rank in ranks(list(shapes), edges).items():
        widest[rank] = max(widest.get(rank, 0), shapes[name].width)
    return sum(widest.values()) + 2 * (len(widest) - 1)


def _narrow(box: Box) -> bool:
    """Whether every character of the box takes one column of a terminal."""
    characters = box.name + box.formula
    return characters.isprintable() and not any(
        unicodedata.combining(c) or unicodedata.east_asian_width(c) in "WF" for c in characters
    )


def _number(value: float | None, number: NumberWriter) -> str:
    if value is None:
        return "–"
    return number.text(number.brief(value, min(number.style.digits, FIGURES)))


def _stub_width(box: Box, number: NumberWriter) -> int:
    """Columns of the wire that leaves the box, which its numbers are written on."""
    return max(len(_number(value, number)) for value in (box.value, box.gradient)) + 2


def _frame_width(box: Box) -> int:
    """Columns of the box itself; a leaf is only its name."""
    return len(box.name) + 1 if box.leaf else max(len(box.name), len(box.formula)) + 4


def _shape(box: Box, diagram: Diagram, number: NumberWriter) -> Shape:
    entering = Counter(wire.consumer for wire in diagram.wires)[box.name]
    rows = 1 if box.leaf else max(2, entering)
    out = 1 + (rows - 1) // 2
    ins = tuple(range(1, entering + 1)) if entering > 1 else (out,) * entering
    return Shape(_frame_width(box) + _stub_width(box, number), rows + 2, out, ins)


def _gap(drops: Sequence[Drop]) -> float:
    """Columns between two layers: one for each wire that turns, and one at either end."""
    return 2 + len({drop.source for drop in drops if drop.above != drop.below})


def _tracks(drops: Sequence[Drop]) -> list[str] | None:
    """The wires that turn, ordered by the column in which each turns so that the fewest cross.

    None if every order makes one wire run into another, or if there are too many wires to try.
    """
    ends: dict[str, list[float]] = defaultdict(list)
    start = {drop.source: drop.above for drop in drops}
    for drop in drops:
        ends[drop.source].append(drop.below)
    turning = [name for name in ends if ends[name] != [start[name]]]
    if len(turning) > MOST_TRACKS:
        return None
    best: tuple[int, list[str]] | None = None
    for order in permutations(turning):
        found = 0
        for i, left in enumerate(order):
            for right in order[i + 1 :]:
                if start[right] in ends[left]:
                    break  # the left wire would arrive on the right one
                low, high = min(start[left], *ends[left]), max(start[left], *ends[left])
                found += low < start[right] < high
                low, high = min(start[right], *ends[right]), max(start[right], *ends[right])
                found += sum(low < end < high for end in ends[left])
            else:
                continue
            break
        else:
            if best is None or found < best[0]:
                best = found, list(order)
    return best and best[1]


def _wire(grid: CharacterGrid, route: Route, tracks: dict[float, list[str]]) -> None:
    (x, y), *points = route.points
    for i, (to, level) in enumerate(points):
        if i % 2 or y == level:
            grid.across(route.source, y, x, to)
        else:
            column = x + 1 + tracks[x].index(route.source)
            grid.across(route.source, y, x, column)
            grid.turn(route.source, column, y, level)
            grid.across(route.source, level, column + 1, to)
        x, y = to, level


def _box(grid: CharacterGrid, box: Box, layout: Layout, shape: Shape, number: NumberWriter) -> None:
    x, y, width, _ = layout.places[box.name]
    right, out = x + _frame_width(box), y + shape.out
    if box.leaf:
        grid.write(out, x, f"{box.name} ")
    else:
        _framed(grid, [box.name, box.formula], shape, int(x), int(y), _frame_width(box))
        grid.write(out, right - 1, "├")
    stub = int(x + width - right)
    grid.across(box.name, out, right, x + width)
    grid.write(out - 1, right, _number(box.value, number).center(stub))
    grid.write(out + 1, right, _number(box.gradient, number).center(stub))


def _framed(
    grid: CharacterGrid, words: Iterable[str], shape: Shape, x: int, y: int, width: int
) -> None:
    rows = [*words, *[""] * int(shape.height)][: int(shape.height) - 2]
    grid.write(y, x, f"┌{'─' * (width - 2)}┐")
    for i, word in enumerate(rows, start=1):
        left = "┤" if i in shape.ins else "│"
        grid.write(y + i, x, f"{left} {word.ljust(width - 4)} │")
    grid.write(y + len(rows) + 1, x, f"└{'─' * (width - 2)}┘")
