"""Small circuits drawn with box characters, for a terminal: values above wires, gradients below."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import permutations

from chainrule.explain.drawing.diagram import Box, Diagram
from chainrule.explain.drawing.layer_assignment import ranks
from chainrule.explain.drawing.layout import Drop, Layout, Route, Shape, arrange
from chainrule.explain.numbers import figures

__all__ = ["boxes"]

MOST_BOXES, MOST_LINES, MOST_TRACKS = 30, 32, 5

UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8

LINES = {
    UP: "│", DOWN: "│", UP | DOWN: "│", LEFT: "─", RIGHT: "─", LEFT | RIGHT: "─",
    DOWN | RIGHT: "┌", DOWN | LEFT: "┐", UP | RIGHT: "└", UP | LEFT: "┘",
    UP | DOWN | RIGHT: "├", UP | DOWN | LEFT: "┤", LEFT | RIGHT | DOWN: "┬",
    LEFT | RIGHT | UP: "┴", UP | DOWN | LEFT | RIGHT: "┼",
}  # fmt: skip
"""What a line looks like that leaves a cell in these directions."""


def boxes(diagram: Diagram, width: int, digits: int = 4) -> list[str]:
    """The drawing in lines of at most `width` columns; none where it does not fit.

    >>> import chainrule as cr
    >>> from chainrule.explain.drawing import circuit
    >>> x, y = cr.variables(x=3.0, y=-4.0)
    >>> drawn = boxes(circuit(cr.explain((x * y).named("f")).derivation), 80)
    >>> print("\\n".join(drawn))
       3
    x ─────┐  ┌─────┐ -12
       -4  └──┤ f   ├─────
       -4   ┌─┤ x·y │  1
    y ──────┘ └─────┘
       3
    """
    if len(diagram.boxes) > MOST_BOXES or not all(map(_narrow, diagram.boxes)):
        return []
    shapes = {box.name: _shape(box, diagram, digits) for box in diagram.boxes}
    edges = [(wire.source, wire.consumer) for wire in diagram.wires]
    if _least(shapes, edges) > width:
        return []
    layout = arrange(shapes, edges, between=0, past=1, gap=_gap, whole=True)
    if layout.width > width or layout.height > MOST_LINES:
        return []
    tracks = [_tracks(drops) for _, drops in layout.gaps]
    if any(order is None for order in tracks):
        return []
    page = _Page()
    starts = [x for x, _ in layout.gaps]
    for route in layout.routes:
        _wire(page, route, {x: order or [] for x, order in zip(starts, tracks, strict=True)})
    for box in diagram.boxes:
        _box(page, box, layout, shapes[box.name], digits)
    return page.lines()


def _least(shapes: Mapping[str, Shape], edges: Sequence[tuple[str, str]]) -> float:
    """How wide the drawing is at least, known before anything is placed."""
    widest: dict[int, float] = {}
    for name, rank in ranks(list(shapes), edges).items():
        widest[rank] = max(widest.get(rank, 0), shapes[name].width)
    return sum(widest.values()) + 2 * (len(widest) - 1)


def _narrow(box: Box) -> bool:
    """Whether every sign of the box takes one column of a terminal."""
    signs = box.name + box.formula
    return signs.isprintable() and not any(
        unicodedata.combining(sign) or unicodedata.east_asian_width(sign) in "WF" for sign in signs
    )


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else figures(value, digits)


def _stub(box: Box, digits: int) -> int:
    return max(len(_number(value, digits)) for value in (box.value, box.gradient)) + 2


def _frame(box: Box) -> int:
    return len(box.name) + 1 if box.leaf else max(len(box.name), len(box.formula)) + 4


def _shape(box: Box, diagram: Diagram, digits: int) -> Shape:
    entering = Counter(wire.consumer for wire in diagram.wires)[box.name]
    rows = 1 if box.leaf else max(2, entering)
    out = 1 + (rows - 1) // 2
    ins = tuple(range(1, entering + 1)) if entering > 1 else (out,) * entering
    return Shape(_frame(box) + _stub(box, digits), rows + 2, out, ins)


def _gap(drops: Sequence[Drop]) -> float:
    """A column for each wire that turns, and one at either end."""
    return 2 + len({drop.source for drop in drops if drop.above != drop.below})


def _tracks(drops: Sequence[Drop]) -> list[str] | None:
    """The wires that turn, in the order of the columns they turn in, so that few cross.

    None where a wire would run into another, or there are too many to try.
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
                    break  # the left one would arrive on the wire of the right one
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


class _Page:
    """Cells with lines of different wires, or signs."""

    def __init__(self) -> None:
        self.lined: dict[tuple[int, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.signs: dict[tuple[int, int], str] = {}

    def across(self, wire: str, row: float, left: float, right: float) -> None:
        """A level line over the cells from `left` up to `right`."""
        for column in range(int(left), int(right)):
            self.lined[int(row), column][wire] |= LEFT | RIGHT

    def turn(self, wire: str, column: float, above: float, below: float) -> None:
        """A line that comes from the left at one height and leaves to the right at another."""
        column, start, end = int(column), int(above), int(below)
        step, ahead, back = (1, DOWN, UP) if end > start else (-1, UP, DOWN)
        self.lined[start, column][wire] |= LEFT | ahead
        for row in range(start + step, end, step):
            self.lined[row, column][wire] |= UP | DOWN
        self.lined[end, column][wire] |= back | RIGHT

    def write(self, row: float, column: float, text: str) -> None:
        self.signs.update({(int(row), int(column) + i): sign for i, sign in enumerate(text)})

    def lines(self) -> list[str]:
        cells = {place: _line(wires) for place, wires in self.lined.items()} | self.signs
        rows: list[str] = []
        for row in range(max(row for row, _ in cells) + 1):
            last = max((column for at, column in cells if at == row), default=-1)
            rows.append("".join(cells.get((row, i), " ") for i in range(last + 1)).rstrip())
        return rows


def _line(wires: dict[str, int]) -> str:
    """One wire as it runs; of two that cross the upright one, as a bridge over the other."""
    found = list(wires.values())
    return LINES[found[0]] if len(found) == 1 else "│"


def _wire(page: _Page, route: Route, tracks: dict[float, list[str]]) -> None:
    (x, y), *points = route.points
    for i, (to, level) in enumerate(points):
        if i % 2 or y == level:
            page.across(route.source, y, x, to)
        else:
            column = x + 1 + tracks[x].index(route.source)
            page.across(route.source, y, x, column)
            page.turn(route.source, column, y, level)
            page.across(route.source, level, column + 1, to)
        x, y = to, level


def _box(page: _Page, box: Box, layout: Layout, shape: Shape, digits: int) -> None:
    x, y, width, _ = layout.places[box.name]
    right, out = x + _frame(box), y + shape.out
    if box.leaf:
        page.write(out, x, f"{box.name} ")
    else:
        _framed(page, [box.name, box.formula], shape, int(x), int(y), _frame(box))
        page.write(out, right - 1, "├")
    stub = int(x + width - right)
    page.across(box.name, out, right, x + width)
    page.write(out - 1, right, _number(box.value, digits).center(stub))
    page.write(out + 1, right, _number(box.gradient, digits).center(stub))


def _framed(page: _Page, words: Iterable[str], shape: Shape, x: int, y: int, width: int) -> None:
    rows = [*words, *[""] * int(shape.height)][: int(shape.height) - 2]
    page.write(y, x, f"┌{'─' * (width - 2)}┐")
    for i, word in enumerate(rows, start=1):
        left = "┤" if i in shape.ins else "│"
        page.write(y + i, x, f"{left} {word.ljust(width - 4)} │")
    page.write(y + len(rows) + 1, x, f"└{'─' * (width - 2)}┘")
