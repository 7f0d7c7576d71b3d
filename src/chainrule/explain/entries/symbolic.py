"""The record read as formulas: one entry in terms of the entries it is made from."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from chainrule.graph import Array, Component, Indices, Node, dense_components, primitive_of
from chainrule.graph.formula import Number, Relation, Symbol, lift, remainder

__all__ = ["LARGEST", "Reader", "entry_name", "numbers", "parts", "symbols"]

LARGEST = 4
"""Terms that are shown of a long sum; the others are added up."""

LONG = 8
"""Terms of a sum that are all shown."""

FEW = 100
"""Terms that are looked at one by one to see whether they are 0 whatever the numbers."""

Written = Callable[[Indices], Array]
"""Formulas, or plain numbers, for the entries of a node at these indices."""


def entry_name(name: str, index: tuple[int, ...]) -> str:
    """`h1` for a scalar, `h1[5]` or `w[5, 3]` for an entry of an array."""
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def symbols(name: str, shape: tuple[int, ...]) -> Written:
    """A symbol for each entry of an array."""

    def symbol(place: int) -> Symbol:
        return Symbol(entry_name(name, tuple(map(int, np.unravel_index(place, shape)))))

    def written(indices: Indices) -> Array:
        return np.asarray(np.frompyfunc(symbol, 1, 1)(indices), dtype=object)

    return written


def numbers(of: Array) -> Written:
    """The entries of an array as plain numbers, which fold into what is written around them."""
    return lambda indices: np.asarray(of.ravel()[indices], dtype=object)


def parts(node: Node) -> Callable[[int], Component]:
    """How each entry of a node is made from entries of its inputs, by its flat number."""
    dependence = primitive_of(node).dependence
    return dense_components(node) if dependence is None else dependence.components(node)


class Reader:
    """Writes single entries of nodes as formulas of what is `known`.

    Only what an entry is made from is read, so an entry of a large record costs what it shows.
    Constants become numbers: `literal` ones in a forward formula, which stays as it was typed;
    plain ones in a derivative, where factors of 1 and terms of 0 disappear.  Nodes no gradient
    flows through, such as indices and masks made from constants, keep their values.  Of a long sum
    the terms with entries in `marked` and the largest are written, and the rest is one number.

    What is made after the node of serial number `recorded` comes from a rule, not from the record:
    its sums are written whole.  A rule guards against single numbers, such as y = 0 in y·x^(y−1);
    guards that do not meet the numbers at hand are left out.
    """

    def __init__(
        self,
        known: dict[Node, Written],
        *,
        literal: bool,
        recorded: float = math.inf,
        marked: Mapping[Node, Indices] | None = None,
    ) -> None:
        self.known, self.literal, self.recorded = known, literal, recorded
        self.marked = marked or {}
        self._parts: dict[Node, Callable[[int], Component]] = {}
        self._found: dict[Node, dict[int, Any]] = {}
        self._numeric: dict[Node, bool] = {}

    def entry(self, node: Node, place: int) -> Any:
        """One entry as a formula, or as a plain number where it depends on nothing known."""
        if self._is_number(node):
            return _value(node).flat[place]
        if node in self.known:
            return self.known[node](np.asarray(place))[()]
        for needed, making in reversed(self._needed(node, place)):
            found = self._found.setdefault(needed, {})
            for at, part in making.items():
                found[at] = self._met(needed, at, part.evaluate(*self._operands(needed, part)))
        return self._found[node][place]

    def _needed(self, node: Node, place: int) -> list[tuple[Node, dict[int, Component]]]:
        """Every entry that has to be written first, the last computed first."""
        needed: list[tuple[Node, dict[int, Component]]] = []
        waiting = {node: {place}}
        queue = [(-node.serial, node)]
        while queue:
            _, node = heapq.heappop(queue)
            written = self._found.get(node, {})
            making = {at: self._part(node, at) for at in waiting[node] if at not in written}
            needed.append((node, making))
            for part in making.values():
                for source, indices in zip(node.inputs, part.indices, strict=True):
                    if source in self.known or self._is_number(source) or not indices.size:
                        continue
                    if source not in waiting:
                        waiting[source] = set()
                        heapq.heappush(queue, (-source.serial, source))
                    waiting[source].update(indices.ravel().tolist())
        return needed

    def _part(self, node: Node, place: int) -> Component:
        if node.primitive is None:
            return Component((), lambda: Number(float(_value(node).flat[place]), literal=True))
        if node not in self._parts:
            self._parts[node] = parts(node)
        part = self._parts[node](place)
        long = part.additive and part.indices[0].size > LONG
        return self._shortened(node, part) if long and node.serial <= self.recorded else part

    def _operands(self, node: Node, part: Component) -> list[Array]:
        operands: list[Array] = []
        for source, indices in zip(node.inputs, part.indices, strict=True):
            if self._is_number(source):
                operands.append(_value(source).ravel()[indices])
            elif source in self.known:
                operands.append(self.known[source](indices))
            else:
                found = self._found.get(source, {})
                written = np.empty(indices.shape, dtype=object)
                for i, place in enumerate(indices.ravel().tolist()):
                    written.flat[i] = found[place]
                operands.append(written)
        return operands

    def _is_number(self, node: Node) -> bool:
        """Whether nothing known is behind this, so that it keeps its value."""
        stack = [node]
        while stack:
            one = stack[-1]
            unknown = [s for s in one.inputs if s not in self._numeric and s not in self.known]
            if one in self._numeric or not unknown or one in self.known:
                stack.pop()
                typed = one.primitive is None and self.literal and one.spec.differentiable
                self._numeric[one] = (
                    one not in self.known
                    and not typed
                    and all(self._numeric.get(source, False) for source in one.inputs)
                )
            else:
                stack.extend(unknown)
        return self._numeric[node]

    def _met(self, node: Node, place: int, written: Any) -> Any:
        """Of a rule's guard that does not hold, False; everything else as it is written."""
        if node.serial <= self.recorded or node.spec.dtype != bool or node.value is None:
            return written
        match written:
            case Relation(sign="=", right=Number()) if not node.value.flat[place]:
                return False
            case _:
                return written

    def _shortened(self, node: Node, part: Component) -> Component:
        """A sum of the marked terms, the largest and the rest.

        The other indices are filled with zeros, which disappear: a mean still divides by as many.
        """
        read = list(zip(node.inputs, part.indices, strict=True))
        values = [_value(s).ravel()[indices].astype(float) for s, indices in read if indices.size]
        terms = np.prod(values, axis=0)
        marked = [np.isin(indices, self.marked[s]) for s, indices in read if s in self.marked]
        first = np.any(marked, axis=0) if marked else np.zeros(len(terms), dtype=bool)
        order = np.lexsort((-np.abs(terms), ~first))
        shown = np.sort(order[: max(LARGEST, np.count_nonzero(first))])
        others = np.delete(np.arange(len(terms)), shown)
        if not len(others):
            return part
        total = math.fsum(terms[others])
        # what is 0 whatever the numbers, such as the terms of other classes, is no term at all
        tried = others[:FEW] if len(others) <= FEW and not terms[others].any() else others[:0]

        def write(*operands: Array) -> Any:
            kept = [operand[: len(shown)] for operand in operands]
            nothing = len(tried) and _is_zero(part.evaluate(*(o[len(shown) :] for o in operands)))
            padding = [0.0] * (len(others) - 1)
            left = [0.0 if nothing else remainder(len(others), total), *padding]
            fill = [left, *([1.0, *padding] for _ in operands[1:])]
            filled = [
                np.asarray([*operand, *tail], dtype=object)
                for operand, tail in zip(kept, fill, strict=True)
            ]
            return part.evaluate(*filled)

        wanted = np.concatenate([shown, tried])
        return Component(tuple(p[wanted] if p.size else p for p in part.indices), write)


def _is_zero(written: Any) -> bool:
    return lift(written) == Number(0.0)


def _value(node: Node) -> Array:
    assert node.value is not None, f"{node.label} is read without a value"
    return node.value
