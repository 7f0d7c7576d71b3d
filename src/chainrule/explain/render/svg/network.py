"""Networks as SVG: columns of neurons, with edges as wide as their weights or gradients are large.

A neuron shows its value in green and its gradient in red.  Negative edges are dashed.  Elements
have `data-node="name"`, `data-edge="source->consumer"` and, for a weight, `data-weight="name"`.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from xml.etree.ElementTree import Element, SubElement

from chainrule.explain.drawing.columns import Column, Link, Network, Neuron
from chainrule.explain.drawing.diagram import Box
from chainrule.explain.render.svg.elements import (
    add,
    canvas,
    label,
    paragraph,
    rounded,
    serialised,
    sign_class,
    xml_text,
)
from chainrule.explain.render.svg.labels import (
    distinct_names,
    full_number,
    short_number,
    shortened,
    text_width,
)
from chainrule.formula.numbers import NumberStyle, NumberWriter

__all__ = ["EDGES", "svg_network"]

EDGES = ("weight", "gradient")

MARGIN, PITCH, HEIGHT, HEAD, FOOT = 20.0, 48.0, 36.0, 30.0, 26.0
GAP, LEAST = 150.0, 96.0
THIN, THICK = 0.5, 5.0
TITLE = 8.0
"""The average width of a letter in a column's title, in pixels."""

LEGEND = {
    "weight": "Lines: the wider, the larger the weight (the local gradient, where there is none);"
    " dashed where it is negative.",
    "gradient": "Lines: the wider, the larger the gradient of {output} with respect to the weight"
    " (what comes back, where there is none); dashed where it is negative.",
}


def svg_network(
    network: Network, edges: str, number: NumberWriter | None = None, prefix: str = "network"
) -> str:
    """Draw a network as an SVG document, which can also be embedded in a page.

    `edges` is "weight" or "gradient"; ids begin with `prefix`.
    """
    return _Columns(network, edges, number or NumberWriter(NumberStyle()), prefix).drawn()


class _Columns:
    """Draws one network."""

    def __init__(self, network: Network, edges: str, write: NumberWriter, prefix: str) -> None:
        self.network, self.edges, self.write, self.prefix = network, edges, write, prefix
        neurons = [neuron for column in network.columns for neuron in column.neurons]
        self.names = distinct_names([neuron.name for neuron in neurons])
        self.ids = {neuron.name: f"{prefix}-node-{i}" for i, neuron in enumerate(neurons)}
        self.widths = [max(map(self.width, column.neurons)) for column in network.columns]
        self.places: dict[str, tuple[float, float, float]] = {}  # left, right, middle

    def width(self, neuron: Neuron) -> float:
        numbers = sum(text_width(text, 11) for text in self.numbers(neuron)) + 10
        return max(LEAST, numbers + 16, text_width(self.names[neuron.name], 12.5) + 16)

    def numbers(self, neuron: Neuron) -> tuple[str, str]:
        last = neuron.steps[-1]
        return short_number(last.value, self.write, 4), short_number(last.gradient, self.write, 4)

    def full(self, value: float | None) -> str:
        return full_number(value, self.write)

    def size(self, link: Link) -> float:
        return link.value if self.edges == "weight" else link.gradient

    # the drawing

    def drawn(self) -> str:
        tallest = max(len(column.neurons) for column in self.network.columns)
        gaps = GAP + 4 * min(tallest, 16)
        width = 2 * MARGIN + sum(self.widths) + gaps * (len(self.widths) - 1)
        root = canvas(self.summary())
        top = MARGIN
        if self.network.title:
            top += (
                paragraph(root, "heading", self.network.title, MARGIN, top, width - 2 * MARGIN) + 8
            )
        height = HEAD + PITCH * tallest
        x = MARGIN
        for column, wide in zip(self.network.columns, self.widths, strict=True):
            up = top + HEAD + (PITCH * (tallest - len(column.neurons))) / 2
            for i, neuron in enumerate(column.neurons):
                self.places[neuron.name] = x, x + wide, up + PITCH * (i + 0.5)
            x += wide + gaps
        self.lines(root)
        for column in self.network.columns:
            self.column(root, column)
        bottom = top + height + FOOT
        legend = self.legend()
        bottom += paragraph(root, "legend", legend, MARGIN, bottom, width - 2 * MARGIN)
        return serialised(root, width, bottom + MARGIN - 6)

    def summary(self) -> str:
        neurons = sum(column.size for column in self.network.columns)
        columns = len(self.network.columns)
        return f"Network of {neurons} {self.kind} in {columns} columns, edges by {self.edges}"

    @property
    def kind(self) -> str:
        kinds = {column.kind for column in self.network.columns}
        return "entries" if "entries" in kinds else "neurons"

    def legend(self) -> str:
        numbers = f"In a box: its value (green), the gradient of {self.network.output} (red)."
        words = [numbers, LEGEND[self.edges].format(output=self.network.output)]
        if any(link.asked for link in self.network.links):
            words.append("Black: the weight asked about.")
        if not all(link.selected for link in self.network.links):
            words.append("Pale: what lies off its largest paths.")
        if any(len(column.neurons) < column.size for column in self.network.columns):
            shown = f"the {self.kind} on those paths, and the largest gradients"
            words.append(f"Of large layers: {shown}.")
        return " ".join(words)

    def lines(self, root: Element) -> None:
        """Draw the edges, pale ones first; widths are relative within two adjacent columns."""
        column = {n.name: i for i, c in enumerate(self.network.columns) for n in c.neurons}
        largest: dict[int, float] = {}
        for link in self.network.links:
            at = column[link.consumer]
            largest[at] = max(largest.get(at, 0.0), abs(self.size(link)))
        parent = add(root, "g", "links")
        for link in sorted(self.network.links, key=lambda link: (link.asked, link.selected)):
            share = abs(self.size(link)) / (largest[column[link.consumer]] or 1.0)
            self.line(parent, link, THIN + (THICK - THIN) * share)

    def line(self, parent: Element, link: Link, thick: float) -> None:
        edge = f"{link.source}->{link.consumer}"
        kind = ["edge", *sign_class(self.size(link))]
        kind += ["asked"] * link.asked + ["faint"] * (not link.selected)
        ids = f"{self.ids[link.source]}-to-{self.ids[link.consumer].rsplit('-', 1)[1]}"
        group = add(parent, "g", " ".join(kind), id=ids, data_edge=edge)
        if link.weight:
            group.set("data-weight", xml_text(link.weight))
        add(group, "title", text=self.edge_title(link))
        (_, x, y), (to, _, level) = self.places[link.source], self.places[link.consumer]
        bend = (to - x) * 0.4
        path = [f"M{x:.1f} {y:.1f}C{x + bend:.1f} {y:.1f}"]
        path.append(f"{to - bend:.1f} {level:.1f} {to:.1f} {level:.1f}")
        add(group, "path", "link", d=" ".join(path), stroke_width=round(thick, 2))

    def edge_title(self, link: Link) -> str:
        value, gradient = self.full(link.value), self.full(link.gradient)
        if link.weight:
            return f"{link.weight} = {value}; ∂{self.network.output}/∂{link.weight} = {gradient}"
        return f"∂{link.consumer}/∂{link.source} = {value}; local × upstream = {gradient}"

    def column(self, root: Element, column: Column) -> None:
        first, last = column.neurons[0], column.neurons[-1]
        left, right, above = self.places[first.name]
        below = self.places[last.name][2]
        centre = (left + right) / 2
        group = add(root, "g", "column")
        if column.title:
            width = right - left + (2 * MARGIN if left == MARGIN else GAP)
            title = shortened(column.title, max(int(width / TITLE), 12))
            label(group, "name", title, centre, above - PITCH / 2 - 8)
        for neuron in column.neurons:
            self.neuron(group, neuron)
        for upper, lower, y in self.hidden(column):
            if lower - upper > 1:
                label(group, "caption", "⋮", centre, y)
        if len(column.neurons) < column.size:
            caption = f"{column.size} {column.kind}, {len(column.neurons)} shown"
            label(group, "caption", caption, centre, below + PITCH / 2 + 14)

    def hidden(self, column: Column) -> Iterable[tuple[int, int, float]]:
        """Indices of consecutive neurons that are shown, and the y between them."""
        y = self.places[column.neurons[0].name][2] - PITCH / 2
        ends = [-1, *column.places, column.size]
        for i, (upper, lower) in enumerate(pairwise(ends)):
            yield upper, lower, y + PITCH * i + 4

    def neuron(self, parent: Element, neuron: Neuron) -> None:
        left, right, middle = self.places[neuron.name]
        kind = ["node", "neuron", *sign_class(neuron.steps[-1].gradient)]
        kind += ["output"] * (neuron.name == self.network.output) + ["off"] * (not neuron.selected)
        group = add(parent, "g", " ".join(kind), id=self.ids[neuron.name], data_node=neuron.name)
        add(group, "title", text="; ".join(map(self.step_title, neuron.steps)))
        rounded(group, left, middle - HEIGHT / 2, right - left, HEIGHT, HEIGHT / 2)
        centre = (left + right) / 2
        label(group, "name", self.names[neuron.name], centre, middle - 3)
        value, gradient = self.numbers(neuron)
        text = label(group, "numbers", "", centre, middle + 12)
        for name, written in (("value", value), ("gradient", gradient)):
            part = SubElement(text, "tspan", {"class": name})
            part.text = written
            part.tail = "\u2002" if name == "value" else None

    def step_title(self, box: Box) -> str:
        value, gradient = self.full(box.value), self.full(box.gradient)
        return f"{box.name} = {value}, ∂{self.network.output}/∂{box.name} = {gradient}"
