"""The numbers of an update that are the same for all parameters, such as bias corrections."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, final

import numpy as np

from chainrule.graph import Array, Node, ancestors

__all__ = ["Coefficients", "is_scalar"]

STEPS_AHEAD = 4096
"""For how many steps the numbers that depend on the step alone are computed at once."""


def is_scalar(node: Node, vectors: set[Node]) -> bool:
    """Whether a node depends on no vector, and is one number, or an array of equal ones."""
    needed = ancestors([node])
    if not vectors.isdisjoint(needed):
        return False
    if node.value is not None:
        return node.value.size > 0 and bool((node.value == node.value.flat[0]).all())
    return all(
        n.spec.shape == () and (n.primitive is None or n.primitive.elementwise) for n in needed
    )


@final
class Coefficients:
    """Evaluates scalar nodes in float64, then rounded to `dtype`, for many steps at once.

    `nodes` are the coefficients in order, each with whether its reciprocal is meant; they depend on
    `step` and `rate` only.  What depends on the step alone is computed ahead, in a table with a
    row for each step; so is the rest, once a rate has come twice.
    """

    def __init__(
        self, nodes: Iterable[tuple[Node, bool]], step: Node, rate: Node, dtype: np.dtype[Any]
    ) -> None:
        self._step, self._rate = step, rate
        columns = list(enumerate(nodes))
        order = ancestors([node for _, (node, _) in columns])
        self._constants: dict[Node, Any] = {
            node: np.float64(node.value.flat[0]) for node in order if node.value is not None
        }
        by_rate = {rate}
        for node in order:
            if not by_rate.isdisjoint(node.inputs):
                by_rate.add(node)
        computed = [n for n in order if n not in self._constants and n not in (step, rate)]
        self._ahead = [node for node in computed if node not in by_rate]
        self._at_rate = [node for node in computed if node in by_rate]
        self._columns_ahead = [(i, *column) for i, column in columns if column[0] not in by_rate]
        self._columns_at_rate = [(i, *column) for i, column in columns if column[0] in by_rate]
        self._whole_powers = {
            node
            for node in computed
            if node.kind == "pow" and node.inputs[0] in self._constants and node.inputs[1] is step
        }
        self._first = 1
        self._table = np.empty((0, len(columns)), dtype)
        self._rates = np.empty(0)  # the rate that each row is for, or NaN
        self._last_rate = np.nan
        self._values: dict[Node, Any] = {}  # of the steps of the table

    def rows(self, first_step: int, rates: Array) -> Array:
        """The coefficients `(steps, coefficients)` of consecutive steps; valid until the next call.

        `rates` `(steps,)` are their learning rates.
        """
        steps, start = len(rates), first_step - self._first
        if start < 0 or start + steps > len(self._table):
            self._compute_ahead(first_step, max(steps, STEPS_AHEAD))
            start = 0
        stop = start + steps
        if self._columns_at_rate and steps:
            if not (
                self._rates[start] == rates[0]
                and (steps == 1 or np.array_equal(self._rates[start:stop], rates))
            ):
                self._compute_at(start, rates)
            self._last_rate = rates[-1]
        return self._table[start:stop]

    def _compute_at(self, start: int, rates: Array) -> None:
        """Compute rows of the table at these rates; all that follow where the rate stays."""
        if (rates == self._last_rate).all():
            rates = np.full(len(self._table) - start, self._last_rate)
        some = slice(start, start + len(rates))
        values = {node: ahead[some] for node, ahead in self._values.items()}
        values[self._rate] = self._rates[some] = rates
        self._evaluate(self._at_rate, self._columns_at_rate, values, self._table[some])

    def _compute_ahead(self, first_step: int, steps: int) -> None:
        self._first = first_step
        self._table = np.empty((steps, self._table.shape[1]), self._table.dtype)
        self._rates = np.full(steps, np.nan)
        numbers = np.arange(first_step, first_step + steps, dtype=np.float64)
        self._values = {self._step: numbers}
        self._evaluate(self._ahead, self._columns_ahead, self._values, self._table)
        needed = {source for node in self._at_rate for source in node.inputs}
        self._values = {node: value for node, value in self._values.items() if node in needed}

    def _evaluate(
        self,
        nodes: list[Node],
        columns: list[tuple[int, Node, bool]],
        values: dict[Node, Any],
        rows: Array,
    ) -> None:
        """Compute `nodes` into `values`, and write the `columns` of the table."""
        constants = self._constants
        with np.errstate(all="ignore"):
            for node in nodes:
                assert node.primitive is not None
                operands = [values[s] if s in values else constants[s] for s in node.inputs]
                if node in self._whole_powers:
                    values[node] = _whole_power(operands[0], int(operands[1][0]), len(operands[1]))
                elif node.kind == "constant_power" and node.params["exponent"] == 0.5:
                    values[node] = np.sqrt(*operands)
                else:
                    values[node] = node.primitive.value(*operands, **node.params)
            for column, node, inverse in columns:
                value = values[node] if node in values else constants[node]
                rows[:, column] = 1 / value if inverse else value


def _whole_power(base: Any, first: int, count: int) -> Array:
    """baseⁿ for `count` whole n from `first`, by squaring: the same digits on every processor.

    The factors base, base², base⁴, … of n's binary digits are multiplied from the lowest on.  The
    products of the low digits are made once for all n; of the high digits there are one or two.
    """
    digits = (count - 1).bit_length()
    low = np.ones(1 << digits)
    for i in range(digits):
        np.multiply(low[: 1 << i], base, out=low[1 << i : 2 << i])
        base = base * base
    high, begin = divmod(first, len(low))
    found = np.concatenate([low[begin:], low[:begin]])[:count]
    for part in (found[: len(low) - begin], found[len(low) - begin :]):
        left, factor = high, base
        while left and part.any():
            if left & 1:
                part *= factor
            left, factor = left >> 1, factor * factor
        high += 1
    return found
