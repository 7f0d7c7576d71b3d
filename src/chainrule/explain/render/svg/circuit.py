"""Circuits as SVG, in the notation of lecture notes.

The graph runs from left to right.  The wire that leaves a box shows the value above it in green and
the gradient below it in red.  Where a value is used more than once, each branch shows its part of
the gradient.  Signs can be read without colour: negative numbers have a minus, and wires that carry
a negative gradient are dashed.  Elements have `data-node="name"` or `data-edge="source->consumer"`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from xml.etree.ElementTree import Element

from chainrule.explain.drawing.collapse import collapsed
from chainrule.explain.drawing.diagram import Box, Diagram, Wire
from chainrule.explain.drawing.layout import Drop, Layout, Place, Route, Shape, arrange
from chainrule.explain.render.svg.elements import (
    add,
    canvas,
    label,
    paragraph,
    rounded,
    serialised,
    sign_class,
)
from chainrule.explain.render.svg.labels import (
    distinct_names,
    formula_lines,
    full_number,
    short_number,
    shortened,
    text_width,
)
from chainrule.formula.numbers import NumberStyle, NumberWriter

__all__ = ["svg"]

MARGIN = 20.0
LINE, LEADING = 22.0, 14.0
LONGEST_FORMULA, MOST_LINES = 30, 4

LEGEND = (
    "Above a wire: the value (green). Below it: the gradient of {output} (red)."
    " Dashed: what comes back along the wire is negative. Dotted: it is zero."
)


def svg(diagram: Diagram, number: NumberWriter | None = None, prefix: str = "graph") -> str:
    """Draw a circuit as an SVG document, which can also be embedded in a page.

    Ids begin with `prefix`, so that two drawings can share a page.
    """
    return _Circuit(collapsed(diagram), number or NumberWriter(NumberStyle()), prefix).drawn()


class _Circuit:
    """Draws one circuit."""

    def __init__(self, diagram: Diagram, write: NumberWriter, prefix: str) -> None:
        self.diagram, self.write, self.prefix = diagram, write, prefix
        self.forks = diagram.forks
        self.entering = Counter(wire.consumer for wire in diagram.wires)
        self.boxes = {box.name: box for box in diagram.boxes}
        self.names = distinct_names([box.name for box in diagram.boxes])
        self.ids = {box.name: f"{prefix}-node-{i}" for i, box in enumerate(diagram.boxes)}

    def number(self, value: float | None) -> str:
        return short_number(value, self.write, 5)

    def full(self, value: float | None) -> str:
        return full_number(value, self.write)

    def gradient(self, box: Box) -> str:
        written = self.number(box.gradient)
        return f"|∂| ≤ {written.lstrip('−')}" if box.members > 1 else written

    def value(self, box: Box) -> str:
        return "" if box.members > 1 else self.number(box.value)

    # sizes

    def frame_width(self, box: Box) -> float:
        """The width of the box, from the text inside."""
        name = text_width(self.names[box.name], 14)
        lines = [text_width(line, 11) for line in self.formula(box)]
        return name + 6 if box.leaf else max([name, *lines, 24]) + 18

    def formula(self, box: Box) -> list[str]:
        """The formula, cut to the number of lines that fit the box."""
        most = max(MOST_LINES, int((LINE * self.entering[box.name] - 20) / LEADING))
        lines = formula_lines(box.formula, LONGEST_FORMULA)
        if len(lines) > most:
            first = most - 2
            while first > 1 and lines[first].startswith("·"):  # terms are shown whole or not at all
                first -= 1
            lines = [*lines[:first], "…", lines[-1]]
        return [shortened(line, LONGEST_FORMULA) for line in lines]

    def height(self, box: Box) -> float:
        """The height that the formula and the entering wires need."""
        return max(30 + LEADING * len(self.formula(box)), LINE * self.entering[box.name] + 8)

    def stub_width(self, box: Box) -> float:
        """The width of the leaving wire, from the numbers written on it."""
        return max(text_width(text, 12) for text in (self.value(box), self.gradient(box))) + 16

    def shape(self, box: Box) -> Shape:
        into, height = self.entering[box.name], self.height(box)
        first = (height - LINE * (into - 1)) / 2
        ins = tuple(first + LINE * i for i in range(into))
        return Shape(self.frame_width(box) + self.stub_width(box), height, height / 2, ins)

    def branch_width(self, drops: Sequence[Drop]) -> float:
        """The width that the branches' parts of the gradient need before the next column."""
        arriving = {(d.source, d.end.name) for d in drops if d.source in self.forks}
        parts = [w.product for w in self.diagram.wires if (w.source, w.consumer) in arriving]
        return max((text_width(self.number(part), 10.5) + 12 for part in parts), default=8.0)

    def gap(self, drops: Sequence[Drop]) -> float:
        steepest = max((abs(drop.below - drop.above) for drop in drops), default=0.0)
        return min(26 + 0.16 * steepest, 110) + self.branch_width(drops)

    # the drawing

    def drawn(self) -> str:
        edges = [(wire.source, wire.consumer) for wire in self.diagram.wires]
        shapes = {box.name: self.shape(box) for box in self.diagram.boxes}
        layout = arrange(shapes, edges, between=14, past=16, gap=self.gap)
        width = max(layout.width + 2 * MARGIN, 420)
        root = canvas(self.summary())
        self.arrow(root)
        top = MARGIN
        if self.diagram.title:
            top += (
                paragraph(root, "heading", self.diagram.title, MARGIN, top, width - 2 * MARGIN) + 8
            )
        left = (width - layout.width) / 2
        inside = add(root, "g", transform=f"translate({left:g} {top:g})")
        ends = {x: x + self.gap(drops) - self.branch_width(drops) for x, drops in layout.gaps}
        for wire, route in zip(self.diagram.wires, layout.routes, strict=True):
            self.wire(inside, wire, route, ends, layout)
        for box in self.diagram.boxes:
            self.box(inside, box, layout.places[box.name])
        bottom = top + layout.height + 14
        legend = LEGEND.format(output=self.names[self.diagram.output])
        legend = f"{self.diagram.note} {legend}".strip()
        bottom += paragraph(root, "legend", legend, MARGIN, bottom, width - 2 * MARGIN)
        return serialised(root, width, bottom + MARGIN - 6)

    def summary(self) -> str:
        output = self.boxes[self.diagram.output]
        steps = sum(box.members for box in self.diagram.boxes)
        return f"Circuit of {steps} nodes: {output.name} = {self.full(output.value)}"

    def arrow(self, root: Element) -> None:
        marker = add(
            add(root, "defs"),
            "marker",
            id=f"{self.prefix}-arrow",
            viewBox="0 0 8 8",
            refX="7",
            refY="4",
            markerWidth="7",
            markerHeight="7",
            orient="auto",
        )
        add(marker, "path", "arrow", d="M0 0.8 8 4 0 7.2z")

    def box(self, parent: Element, box: Box, place: Place) -> None:
        kind = [
            "node",
            "leaf" if box.leaf else "gate",
            *sign_class(box.gradient if box.members == 1 else None),
        ]
        kind += ["output"] * (box.name == self.diagram.output)
        group = add(parent, "g", " ".join(kind), id=self.ids[box.name], data_node=box.name)
        add(group, "title", text=self.node_title(box))
        frame = self.frame_width(box)
        middle = place.y + place.height / 2
        right = place.x + place.width
        if box.leaf:
            name = self.names[box.name]
            add(group, "rect", x=place.x, y=place.y, width=frame, height=place.height, opacity=0)
            label(group, "name", name, place.x + frame - 6, middle + 4.5, "end")
        else:
            self.gate(group, box, place, frame)
        add(group, "path", "wire", d=f"M{place.x + frame:.1f} {middle:.1f}H{right:.1f}")
        centre = (place.x + frame + right) / 2
        label(group, "value", self.value(box), centre, middle - 5)
        label(group, "gradient", self.gradient(box), centre, middle + 14)

    def gate(self, group: Element, box: Box, place: Place, frame: float) -> None:
        rounded(group, place.x, place.y, frame, place.height, 6)
        centre, middle = place.x + frame / 2, place.y + place.height / 2
        lines = self.formula(box)
        middle -= (len(lines) - 1) * LEADING / 2
        name = self.names[box.name]
        label(group, "name", name, centre, middle - 3)
        for i, line in enumerate(lines):
            label(group, "formula", line, centre, middle + 13 + i * LEADING)

    def node_title(self, box: Box) -> str:
        """The name, formula, value and gradient of a node, shown when it is pointed at."""
        value, gradient = self.full(box.value), self.full(box.gradient)
        if box.members > 1:
            return f"{box.name}: {box.formula}, largest gradient {gradient}"
        formula = f" = {box.formula}" if box.formula else ""
        return f"{box.name}{formula} = {value}; ∂{self.diagram.output}/∂{box.name} = {gradient}"

    def wire(
        self,
        parent: Element,
        wire: Wire,
        route: Route,
        ends: dict[float, float],
        layout: Layout,
    ) -> None:
        edge = f"{wire.source}->{wire.consumer}"
        ids = f"{self.ids[wire.source]}-to-{self.ids[wire.consumer].rsplit('-', 1)[1]}"
        kind = " ".join(["edge", *sign_class(wire.product)])
        group = add(parent, "g", kind, id=ids, data_edge=edge)
        add(group, "title", text=self.edge_title(wire))
        (x, y), *points = route.points
        path = [f"M{x:.1f} {y:.1f}"]
        for i, (to, level) in enumerate(points):
            if i % 2:
                path.append(f"H{to:.1f}")
            else:
                # the curve ends before the branch's part of the gradient
                end = ends[x]
                bend = (end - x) * 0.55
                path.append(f"C{x + bend:.1f} {y:.1f} {end - bend:.1f} {level:.1f}")
                path.append(f" {end:.1f} {level:.1f}H{to:.1f}")
            x, y = to, level
        add(group, "path", "wire", d="".join(path), marker_end=f"url(#{self.prefix}-arrow)")
        if wire.source in self.forks:
            part = self.number(wire.product)
            end = layout.places[wire.consumer].x - 7
            label(group, "gradient part", part, end, y + 11, "end")

    def edge_title(self, wire: Wire) -> str:
        """Local × upstream = product, in names and numbers."""
        local, product = self.full(wire.local), self.full(wire.product)
        upstream = self.full(self.boxes[wire.consumer].gradient)
        derivative = f"∂{wire.consumer}/∂{wire.source}"
        formula = f" = {wire.formula}" if wire.formula and wire.formula != local else ""
        if wire.local is None:
            return f"{wire.source} → {wire.consumer}"
        return (
            f"{derivative}{formula} = {local}; local × upstream = {local} × {upstream} = {product}"
        )
