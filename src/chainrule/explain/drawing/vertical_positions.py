"""Chooses the height of every box and wire of a circuit so that wires run as level as they can.

This is the third phase of layered graph drawing.  With the other columns fixed, the heights in one
column that minimise the sum of squared drops, with a minimum distance between its boxes, are an
isotonic regression.  The columns are solved in turn until they settle.  Then small drops get larger
weights (iteratively reweighted least squares, which tend to least absolute values), so that a wire
drops once instead of a little everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from chainrule.explain.drawing.layer_assignment import Layers, Slot

__all__ = ["Shape", "VerticalPositions", "from_top"]

ROUNDS = 40
"""Sweeps over the columns, to and fro; the first half by least squares."""

UNCONNECTED = 1e-6
"""The weight of a box without a wire."""

LEVEL_DROP = 2.0
"""Drops up to this one have equal weights: they hardly differ from level."""

PASSING, BETWEEN_GATES, FROM_LEAF = 20.0, 10.0, 1.0
"""Weights of a drop: largest where a wire passes a column, smallest where an input comes in."""


class Shape(NamedTuple):
    """The size of a box, and how far below its top wires leave and enter it."""

    width: float
    height: float
    out: float
    ins: tuple[float, ...] = ()


class VerticalPositions:
    """The distance of every slot from the top of its column.

    between  the vertical distance between two boxes of a column
    past     the vertical distance between a wire and its neighbours
    """

    def __init__(
        self, layers: Layers, shapes: Mapping[str, Shape], between: float, past: float
    ) -> None:
        self.layers, self.shapes = layers, shapes
        self.offsets: list[list[float]] = []  # of each slot, in a column without gaps
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
            # a wire is level if the top of this end is that of the other plus the difference
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
        """How far below the top of a slot its wire leaves it."""
        return self.shapes[slot.name].out if self.is_box(slot) else 0.0

    def _ports(self) -> dict[tuple[Slot, Slot], float]:
        """How far below the top of a slot each wire enters it, in the order the wires come from."""
        position = {slot: i for layer in self.layers.slots for i, slot in enumerate(layer)}
        into: dict[Slot, list[Slot]] = {}
        for left, right in self.layers.links:
            into.setdefault(right, []).append(left)
        found: dict[tuple[Slot, Slot], float] = {}
        for right, lefts in into.items():
            lefts.sort(key=position.__getitem__)
            ins = self.shapes[right.name].ins if self.is_box(right) else (0.0,)
            found.update({(left, right): at for left, at in zip(lefts, ins, strict=True)})
        return found

    def settled(self) -> dict[Slot, float]:
        """The top of every slot after all rounds; the topmost may be above or below 0."""
        tops = {
            slot: offset
            for layer, offsets in zip(self.layers.slots, self.offsets, strict=True)
            for slot, offset in zip(layer, offsets, strict=True)
        }
        columns = list(zip(self.layers.slots, self.offsets, strict=True))
        for sweep in range(ROUNDS):
            for layer, offsets in columns if sweep % 2 == 0 else reversed(columns):
                targets = self._targets(layer, offsets, tops, sweep >= ROUNDS // 2)
                for slot, offset, top in zip(layer, offsets, _isotonic(targets), strict=True):
                    tops[slot] = top + offset
        return tops

    def _targets(
        self,
        layer: Sequence[Slot],
        offsets: Sequence[float],
        tops: Mapping[Slot, float],
        absolute: bool,
    ) -> list[tuple[float, float]]:
        """For each slot, the height its wires pull it to, less its offset, and their weight."""
        pulled: list[tuple[float, float]] = []
        for slot, offset in zip(layer, offsets, strict=True):
            total = level = 0.0
            for other, difference, weight in self.pulls.get(slot, ()):
                target = tops[other] + difference
                if absolute:
                    weight /= max(abs(target - tops[slot]), LEVEL_DROP)
                total += weight
                level += weight * target
            pulled.append((level / total - offset if total else 0.0, total))
        # a slot without a wire stays with the slot before it, or with the first that has one
        previous = next((target for target, weight in pulled if weight), 0.0)
        found: list[tuple[float, float]] = []
        for target, weight in pulled:
            previous = target if weight else previous
            found.append((previous, weight or UNCONNECTED))
        return found

    def rounded(self, tops: Mapping[Slot, float]) -> dict[Slot, float]:
        """Whole heights from 0; offsets are subtracted before rounding, to keep all distances."""
        found: dict[Slot, float] = {}
        for layer, offsets in zip(self.layers.slots, self.offsets, strict=True):
            for slot, offset in zip(layer, offsets, strict=True):
                found[slot] = round(tops[slot] - offset) + offset
        return from_top(found)


def from_top(tops: Mapping[Slot, float]) -> dict[Slot, float]:
    """The same heights with the topmost slot at 0."""
    highest = min(tops.values(), default=0)
    return {slot: top - highest for slot, top in tops.items()}


def _isotonic(targets: Sequence[tuple[float, float]]) -> list[float]:
    """The non-decreasing numbers closest to weighted targets, by pooling adjacent violators.

    >>> _isotonic([(1, 1), (3, 1), (2, 1), (5, 1)])
    [1.0, 2.5, 2.5, 5.0]
    """
    pools: list[tuple[float, float, int]] = []  # mean, weight, number of targets
    for target, weight in targets:
        mean, many = float(target), 1
        while pools and pools[-1][0] > mean:
            before, heavy, others = pools.pop()
            mean = (before * heavy + mean * weight) / (heavy + weight)
            weight, many = weight + heavy, many + others
        pools.append((mean, weight, many))
    return [mean for mean, _, many in pools for _ in range(many)]
