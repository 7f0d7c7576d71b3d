"""Writes one entry of a record as a formula in the entries it depends on."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from chainrule.explain.entries.entry import entry_name
from chainrule.formula import Number, Relation, Symbol, lift, remainder
from chainrule.graph import (
    Array,
    Component,
    Indices,
    Node,
    ancestors,
    dense_components,
    primitive_of,
)

__all__ = ["MAX_TERMS", "SHOWN_TERMS", "FormulaWriter", "as_numbers", "as_symbols", "entry_parts"]

MAX_TERMS = 8
"""The most terms of a sum that is shown whole."""

SHOWN_TERMS = 4
"""Terms shown of a longer sum; the others are added up to one number."""

MAX_ZERO_TESTS = 100
"""The most terms of value 0 that are tested one by one for being 0 whatever the numbers."""

EntryLookup = Callable[[Indices], Array]
"""Returns the formulas, or plain numbers, of the entries of a node at flat indices."""


def as_symbols(name: str, shape: tuple[int, ...]) -> EntryLookup:
    """A symbol for each entry of an array."""

    def symbol(flat: int) -> Symbol:
        index = tuple(map(int, np.unravel_index(flat, shape)))
        return Symbol(entry_name(name, index), entry=(name, index))

    def lookup(indices: Indices) -> Array:
        return np.asarray(np.frompyfunc(symbol, 1, 1)(indices), dtype=object)

    return lookup


def as_numbers(array: Array) -> EntryLookup:
    """The entries of an array as plain numbers, which fold into the formulas around them."""
    return lambda indices: np.asarray(array.ravel()[indices], dtype=object)


def entry_parts(node: Node) -> Callable[[int], Component]:
    """How each entry of a node is computed from entries of its inputs, by its flat index."""
    dependence = primitive_of(node).dependence
    return dense_components(node) if dependence is None else dependence.components(node)


class FormulaWriter:
    """Writes single entries of nodes as formulas in the entries of the nodes in `known`.

    Only the operands of an entry are read, so the size of the record does not matter.

    literal   whether constants stay as they were typed, as in a forward formula; in a derivative
              they are plain numbers, so that factors of 1 and terms of 0 disappear.  Nodes that no
              gradient flows through, such as indices and masks made from constants, are numbers
              either way
    recorded  the nodes of the record; None means all.  Other nodes come from a derivative rule:
              their sums are written whole.  A rule guards against single numbers, such as y = 0 in
              y·x^(y−1); guards that the numbers at hand do not meet are left out
    selected  entries that are written wherever they are a term of a long sum, next to the largest
              terms; the other terms become one number

    Nodes in `given` have plain numbers, mostly 0; terms of sums that they make 0 are not written.
    """

    def __init__(
        self,
        known: dict[Node, EntryLookup],
        *,
        literal: bool,
        recorded: Collection[Node] | None = None,
        selected: Mapping[Node, Indices] | None = None,
    ) -> None:
        self.known, self.literal, self.recorded = known, literal, recorded
        self.selected = selected or {}
        self._given: dict[Node, Array] = {}
        self._parts: dict[Node, Callable[[int], Component]] = {}
        self._written: dict[Node, dict[int, Any]] = {}
        self._numeric: dict[Node, bool] = {}
        self._orders: dict[Node, dict[Node, int]] = {}

    def give(self, node: Node, array: Array) -> None:
        """Let the entries of a node be these numbers."""
        self._given[node] = array.ravel()
        self.known[node] = as_numbers(array)

    def entry(self, node: Node, flat: int) -> Any:
        """One entry as a formula, or as a plain number if it depends on no known node."""
        if self._is_number(node):
            return _value(node).flat[flat]
        if node in self.known:
            return self.known[node](np.asarray(flat))[()]
        for needed, parts in reversed(self._missing(node, flat)):
            written = self._written.setdefault(needed, {})
            for at, part in parts.items():
                formula = part.evaluate(*self._operands(needed, part))
                written[at] = self._without_unmet_guard(needed, at, formula)
        return self._written[node][flat]

    def _missing(self, node: Node, flat: int) -> list[tuple[Node, dict[int, Component]]]:
        """Every entry that has to be written before this one, the last computed first."""
        missing: list[tuple[Node, dict[int, Component]]] = []
        waiting = {node: {flat}}
        place = self._places(node)
        queue = [(-place[node], node)]
        while queue:
            _, node = heapq.heappop(queue)
            written = self._written.get(node, {})
            parts = {at: self._part(node, at) for at in waiting[node] if at not in written}
            missing.append((node, parts))
            for part in parts.values():
                for source, indices in zip(node.inputs, part.indices, strict=True):
                    if source in self.known or self._is_number(source) or not indices.size:
                        continue
                    if source not in waiting:
                        waiting[source] = set()
                        heapq.heappush(queue, (-place[source], source))
                    waiting[source].update(indices.ravel().tolist())
        return missing

    def _places(self, node: Node) -> dict[Node, int]:
        """The places of a node and of what it depends on in the order of its graph."""
        if node not in self._orders:
            nodes = ancestors([node], stop=self.known)
            self._orders[node] = {one: place for place, one in enumerate(nodes)}
        return self._orders[node]

    def _is_recorded(self, node: Node) -> bool:
        return self.recorded is None or node in self.recorded

    def _part(self, node: Node, flat: int) -> Component:
        if node.primitive is None:
            return Component((), lambda: Number(float(_value(node).flat[flat]), literal=True))
        if node not in self._parts:
            self._parts[node] = entry_parts(node)
        part = self._parts[node](flat)
        if part.additive and not self._given.keys().isdisjoint(node.inputs):
            part = self._without_zeros(node, part)
        long = part.additive and part.indices[0].size > MAX_TERMS
        return self._abridged(node, part) if long and self._is_recorded(node) else part

    def _without_zeros(self, node: Node, part: Component) -> Component:
        """A sum without the terms that given numbers make 0, which are padded with zeros."""
        kept = np.ones(part.indices[0].size, dtype=bool)
        for source, indices in zip(node.inputs, part.indices, strict=True):
            if source in self._given and indices.size:
                kept &= self._given[source][indices.ravel()] != 0
        if kept.all():
            return part
        padding = np.zeros(np.count_nonzero(~kept), dtype=object)

        def write(*operands: Array) -> Any:
            return part.evaluate(*(np.concatenate([o, padding]) if o.size else o for o in operands))

        return Component(tuple(i.ravel()[kept] if i.size else i for i in part.indices), write, True)

    def _operands(self, node: Node, part: Component) -> list[Array]:
        operands: list[Array] = []
        for source, indices in zip(node.inputs, part.indices, strict=True):
            if self._is_number(source):
                operands.append(_value(source).ravel()[indices])
            elif source in self.known:
                operands.append(self.known[source](indices))
            else:
                written = self._written.get(source, {})
                formulas = np.empty(indices.shape, dtype=object)
                for i, flat in enumerate(indices.ravel().tolist()):
                    formulas.flat[i] = written[flat]
                operands.append(formulas)
        return operands

    def _is_number(self, node: Node) -> bool:
        """Whether a node depends on no known node, so that its entries are written as values."""
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

    def _without_unmet_guard(self, node: Node, flat: int, formula: Any) -> Any:
        """False for the guard of a rule that the numbers at hand do not meet, else the formula."""
        if self._is_recorded(node) or node.spec.dtype != bool or node.value is None:
            return formula
        match formula:
            case Relation(sign="=", right=Number()) if not node.value.flat[flat]:
                return False
            case _:
                return formula

    def _abridged(self, node: Node, part: Component) -> Component:
        """A long sum with its selected terms, its largest terms, and one number for the others.

        The operands of the other terms are padded with zeros, which disappear: so a mean still
        divides by the number of all its terms.
        """
        inputs = list(zip(node.inputs, part.indices, strict=True))
        values = [_value(s).ravel()[indices].astype(float) for s, indices in inputs if indices.size]
        terms = np.prod(values, axis=0)
        selected = [
            np.isin(indices, self.selected[s]) for s, indices in inputs if s in self.selected
        ]
        first = np.any(selected, axis=0) if selected else np.zeros(len(terms), dtype=bool)
        order = np.lexsort((-np.abs(terms), ~first))
        shown = np.sort(order[: max(SHOWN_TERMS, np.count_nonzero(first))])
        others = np.delete(np.arange(len(terms)), shown)
        if not len(others):
            return part
        total = math.fsum(terms[others])
        # terms that are 0 whatever the numbers, such as those of other classes, are not counted
        few = len(others) <= MAX_ZERO_TESTS
        tested = others if few and not terms[others].any() else others[:0]

        def write(*operands: Array) -> Any:
            kept = [operand[: len(shown)] for operand in operands]
            all_zero = len(tested) and _is_zero(part.evaluate(*(o[len(shown) :] for o in operands)))
            padding = [0.0] * (len(others) - 1)
            left = [0.0 if all_zero else remainder(len(others), total), *padding]
            fill = [left, *([1.0, *padding] for _ in operands[1:])]
            padded = [
                np.asarray([*operand, *tail], dtype=object)
                for operand, tail in zip(kept, fill, strict=True)
            ]
            return part.evaluate(*padded)

        wanted = np.concatenate([shown, tested])
        return Component(tuple(p[wanted] if p.size else p for p in part.indices), write)


def _is_zero(written: Any) -> bool:
    return lift(written) == Number(0.0)


def _value(node: Node) -> Array:
    assert node.value is not None, f"{node.label} is read without a value"
    return node.value
