"""One perceptron on the AND and OR truth tables, with given weights and with learned ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from chainrule.formula.numbers import NumberWriter
from chainrule.gallery.blocks import Entry, Paragraph, Table
from chainrule.gallery.example import Example, Solution
from chainrule.gallery.request import Request

__all__ = ["EXAMPLES", "INPUTS", "TARGETS", "Perceptron", "perceptron_rule"]

INPUTS = ((0, 0), (0, 1), (1, 0), (1, 1))

TARGETS = {"AND": (0, 0, 0, 1), "OR": (0, 1, 1, 1), "XOR": (0, 1, 1, 0)}

EPOCHS = 100
"""The most passes: far more than two inputs and four rows need if a line separates them."""


class Perceptron(NamedTuple):
    """z = w1·x1 + w2·x2 + b, and 1 where z ≥ 0, else 0.

    >>> [Perceptron(1, 1, -1.5)(*row) for row in INPUTS]
    [0, 0, 0, 1]
    """

    w1: float
    w2: float
    b: float

    def z(self, x1: float, x2: float) -> float:
        """The weighted sum."""
        return self.w1 * x1 + self.w2 * x2 + self.b

    def __call__(self, x1: float, x2: float) -> int:
        return int(self.z(x1, x2) >= 0)

    def rows_right(self, targets: Sequence[int]) -> int:
        """The number of rows of a truth table that it classifies correctly."""
        return sum(self(*row) == t for row, t in zip(INPUTS, targets, strict=True))


def perceptron_rule(targets: Sequence[int], rate: float = 1.0) -> list[Perceptron]:
    """Train by the perceptron rule, from zero weights until all rows are right.

    Returns the perceptron before the first pass over the rows and after each pass.

    For each row: w ← w + η·(t − a)·x,  b ← b + η·(t − a)

    >>> perceptron_rule(TARGETS["AND"])[-1].rows_right(TARGETS["AND"])
    4
    """
    passes = [Perceptron(0.0, 0.0, 0.0)]
    while passes[-1].rows_right(targets) < len(targets) and len(passes) <= EPOCHS:
        p = passes[-1]
        for (x1, x2), t in zip(INPUTS, targets, strict=True):
            error = t - p(x1, x2)
            p = Perceptron(p.w1 + rate * error * x1, p.w2 + rate * error * x2, p.b + rate * error)
        passes.append(p)
    return passes


def _gates(request: Request) -> Solution:
    given = Perceptron(request.inputs["w1"], request.inputs["w2"], request.inputs["b"])
    rate = 1.0 if request.learning_rate is None else request.learning_rate
    main = request.explain(wrt=["w1"], learning_rate=rate, parameters=["w1", "w2", "b"])
    ends = all(
        perceptron_rule(TARGETS[gate], rate)[-1].rows_right(TARGETS[gate]) == len(INPUTS)
        for gate in ("AND", "OR")
    )
    weights, (wider, narrower) = request.constant.listed(1, 1), map(request.constant, (-1.5, -0.5))
    and_right = given.rows_right(TARGETS["AND"])
    return main, [
        Paragraph(
            "One perceptron: a weighted sum z = w1·x1 + w2·x2 + b and a step, 1 if z ≥ 0, else"
            " 0. It draws the line z = 0 across the plane of its inputs, and says 1 on one side"
            " of it and on the line itself."
        ),
        _rows(given, "AND", request.write),
        Paragraph(
            f"As AND it gets {and_right} of 4 rows. With the weights {weights} and the bias -1"
            f" the rows 0 1 and 1 0 lie on the line, where the step is already 1. A bias of {wider}"
            " moves the line between them and 1 1. With these weights OR has room for both -1"
            f" and {narrower}."
        ),
        _lines(given, request.write),
        Paragraph(
            "How would it learn? Not from a slope. The step is flat on both sides of its jump:"
            " moving a weight a little changes no output, so every gradient is 0 and an update"
            " leaves everything as it is. On the jump itself there is no slope, and 0 is taken"
            " there too. Here is one row, differentiated:"
        ),
        main,
        Paragraph(
            "The perceptron rule asks for the mistake instead of the slope: for each row, w ← w"
            " + η·(t − a)·x and b ← b + η·(t − a). A row that is right changes nothing; one"
            " that is wrong moves the line towards it. Where some line separates the rows this"
            " ends after finitely many mistakes, and"
            + (
                " it does here:"
                if ends
                else f" it may take more than the {EPOCHS} passes that are made here:"
            )
        ),
        _learning("AND", rate, request),
        _learning("OR", rate, request),
        Paragraph("No line separates the rows of XOR: see the example xor."),
    ]


def _rows(p: Perceptron, gate: str, write: NumberWriter) -> Table:
    rows: list[tuple[Entry, ...]] = []
    for (x1, x2), t in zip(INPUTS, TARGETS[gate], strict=True):
        rows.append((x1, x2, p.z(x1, x2), p(x1, x2), t, p(x1, x2) == t))
    at = write.separator.join([f"w1 = {write(p.w1)}", f"w2 = {write(p.w2)}", f"b = {write(p.b)}"])
    caption = f"{at} on the truth table of {gate}:"
    return Table(caption, ("x1", "x2", "z", "output", gate, "right"), tuple(rows))


def _lines(given: Perceptron, write: NumberWriter) -> Table:
    rows: list[tuple[Entry, ...]] = []
    for gate, b in (("AND", -1.0), ("AND", -1.5), ("OR", -1.0), ("OR", -0.5)):
        p = Perceptron(given.w1, given.w2, b)
        outputs = (
            f"{p(*row)}{'' if p(*row) == t else ' wrong'}"
            for row, t in zip(INPUTS, TARGETS[gate], strict=True)
        )
        rows.append((gate, b, *outputs, f"{p.rows_right(TARGETS[gate])} of 4"))
    return Table(
        f"w1 = {write(given.w1)}{write.separator}w2 = {write(given.w2)} with other biases:",
        ("gate", "b", "0 0", "0 1", "1 0", "1 1", "rows right"),
        tuple(rows),
    )


def _learning(gate: str, rate: float, request: Request) -> Table:
    passes = perceptron_rule(TARGETS[gate], rate)
    rows = [
        (i, p.w1, p.w2, p.b, f"{p.rows_right(TARGETS[gate])} of 4") for i, p in enumerate(passes)
    ]
    step = request.write(rate)
    return Table(
        f"Trained on {gate} by the perceptron rule with η = {step}, after each pass:",
        ("pass", "w1", "w2", "b", "rows right"),
        tuple(rows),
    )


EXAMPLES = (
    Example(
        "gates",
        "a perceptron as AND and OR: weights given, weights learned",
        {"w1": 1, "w2": 1, "b": -1, "x1": 1, "x2": 0, "t": 0},
        _gates,
        "z = w1*x1 + w2*x2 + b; a = step(z); E = 0.5*(t - a)**2",
    ),
)
