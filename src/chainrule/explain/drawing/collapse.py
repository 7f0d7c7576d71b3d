"""Circuits too large to be read, with boxes of an array, or of a few layers, drawn as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from chainrule.explain.drawing.diagram import Box, Diagram, Wire
from chainrule.explain.drawing.layers import ranks

__all__ = ["MOST", "collapsed"]

MOST = 150
"""Boxes that one drawing has room for."""

BANDS = 12
"""Groups that a drawing is cut into, left to right, where arrays alone do not make it small."""


def collapsed(diagram: Diagram, most: int = MOST) -> Diagram:
    """The diagram as it is up to `most` boxes; of more, groups of them, and a note that says so."""
    if len(diagram.boxes) <= most:
        return diagram
    names = [box.name for box in diagram.boxes]
    groups = {name: name.partition("[")[0] for name in names}
    if len(set(groups.values())) > most:
        rank = ranks(names, [(wire.source, wire.consumer) for wire in diagram.wires])
        layers = 1 + max(rank.values())
        groups = {name: str(rank[name] * BANDS // max(layers, BANDS)) for name in names}
    groups[diagram.output] = diagram.output
    return _merged(diagram, groups)


def _merged(diagram: Diagram, groups: Mapping[str, str]) -> Diagram:
    members: dict[str, list[Box]] = {}
    for box in diagram.boxes:
        members.setdefault(groups[box.name], []).append(box)
    made = {key: _group(key, boxes) for key, boxes in members.items()}
    ends = {
        (made[groups[wire.source]].name, made[groups[wire.consumer]].name): wire
        for wire in diagram.wires
        if groups[wire.source] != groups[wire.consumer]
    }
    alone = {box.name for box in made.values() if box.members == 1}
    wires = tuple(
        wire if {source, consumer} <= alone else Wire(source, consumer)
        for (source, consumer), wire in ends.items()
    )
    note = f"{len(diagram.boxes)} nodes, drawn as {len(made)} groups."
    return replace(diagram, boxes=tuple(made.values()), wires=wires, note=note)


def _group(key: str, boxes: list[Box]) -> Box:
    if len(boxes) == 1:
        return boxes[0]
    array = all(box.name.partition("[")[0] == key for box in boxes)
    name = key if array else f"{boxes[0].name} … {boxes[-1].name}"
    gradients = [box.gradient for box in boxes if box.gradient is not None]
    kinds = Counter(box.kind for box in boxes)
    says = f"{len(boxes)} {'entries' if array else 'nodes'}"
    if len(kinds) > 1:
        says += ": " + " + ".join(f"{times} {kind}" for kind, times in kinds.most_common())
    return Box(
        name,
        kinds.popitem()[0] if len(kinds) == 1 else "composite",
        says,
        None,
        max(gradients, key=abs, default=None),
        tuple(box.name for box in boxes),
    )
