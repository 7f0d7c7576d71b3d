"""Collapses a circuit too large to read: the boxes of an array, or of some layers, become one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from chainrule.explain.drawing.diagram import Box, Diagram, Wire
from chainrule.explain.drawing.layer_assignment import ranks

__all__ = ["MOST", "collapsed"]

MOST = 150
"""The most boxes of a drawing that is not collapsed."""

BANDS = 12
"""The most groups of layers, left to right, if there are too many arrays for a box each."""


def collapsed(diagram: Diagram, most: int = MOST) -> Diagram:
    """The diagram; if it has more than `most` boxes, with groups of them as one box and a note."""
    if len(diagram.boxes) <= most:
        return diagram
    names = [box.name for box in diagram.boxes]
    groups: dict[str, str | int] = {box.name: box.array or box.name for box in diagram.boxes}
    if len(set(groups.values())) > most:
        rank = ranks(names, [(wire.source, wire.consumer) for wire in diagram.wires])
        layers = 1 + max(rank.values())
        groups = {name: rank[name] * BANDS // max(layers, BANDS) for name in names}
    groups[diagram.output] = diagram.output
    return _merged(diagram, groups)


def _merged(diagram: Diagram, groups: Mapping[str, str | int]) -> Diagram:
    members: dict[str | int, list[Box]] = {}
    for box in diagram.boxes:
        members.setdefault(groups[box.name], []).append(box)
    merged = {key: _group(key, boxes) for key, boxes in members.items()}

    def drawn(name: str) -> Box:
        return merged[groups[name]]

    ends = {
        (drawn(wire.source).name, drawn(wire.consumer).name): wire
        for wire in diagram.wires
        if groups[wire.source] != groups[wire.consumer]
    }
    single = {box.name for box in merged.values() if box.members == 1}
    wires = tuple(
        wire if {source, consumer} <= single else Wire(source, consumer)
        for (source, consumer), wire in ends.items()
    )
    note = f"{len(diagram.boxes)} nodes, drawn as {len(merged)} groups."
    return replace(diagram, boxes=tuple(merged.values()), wires=wires, note=note)


def _group(key: str | int, boxes: list[Box]) -> Box:
    """Several boxes as one: those of the array `key`, or of the band of layers with this number."""
    if len(boxes) == 1:
        return boxes[0]
    array = isinstance(key, str)
    name = key if array else f"{boxes[0].name} … {boxes[-1].name}"
    gradients = [box.gradient for box in boxes if box.gradient is not None]
    kinds = Counter(box.kind for box in boxes)
    formula = f"{len(boxes)} {'entries' if array else 'nodes'}"
    if len(kinds) > 1:
        formula += ": " + " + ".join(f"{times} {kind}" for kind, times in kinds.most_common())
    return Box(
        name,
        kinds.popitem()[0] if len(kinds) == 1 else "composite",
        formula,
        None,
        max(gradients, key=abs, default=None),
        tuple(box.name for box in boxes),
    )
