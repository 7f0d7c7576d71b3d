"""XOR: impossible for a single perceptron, possible for two layers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import chainrule.ops as ops
from chainrule.gallery.blocks import Entry, Paragraph, Table
from chainrule.gallery.example import Example, Solution
from chainrule.gallery.examples.gates import INPUTS, TARGETS, Perceptron, perceptron_rule
from chainrule.gallery.gradient_descent import evaluator, gradient_descent, loss_and_gradients
from chainrule.gallery.request import Request
from chainrule.graph import Array
from chainrule.ops import Tensor
from chainrule.ops.tensor import constant, trace

__all__ = ["EXAMPLES", "TwoLayers", "by_hand", "train"]

X = np.array(INPUTS, dtype=np.float64)

SEEDS = 10
"""The number of networks trained side by side, each from its own random start."""

NETWORK = """
z1 = w1*x1 + w2*x2 + b1
z2 = w3*x1 + w4*x2 + b2
a1 = sigmoid(z1)
a2 = sigmoid(z2)
z = v1*a1 + v2*a2 + c
loss = softplus(z) - t*z
""".strip()


class TwoLayers:
    """S networks of two inputs, H sigmoid neurons and one output, on rows of two inputs.

    The parameters are W (S, H, 2), b (S, H), v (S, H) and c (S,).  The weighted sums use products
    and sums, not `matmul`, so that equal neurons have equal numbers to the last bit.
    """

    def __init__(self, targets: Sequence[int]) -> None:
        self.targets = np.array(targets, dtype=np.float64)

    def outputs(self, W: Tensor, b: Tensor, v: Tensor, c: Tensor) -> Tensor:
        """The weighted sums of the last neuron, (S, rows)."""
        weight, bias, outgoing, offset = (ops.expand_dims(part, 1) for part in (W, b, v, c))
        sums = (weight * X[:, None, :]).sum(axis=3) + bias
        return (ops.sigmoid(sums) * outgoing).sum(axis=2) + offset

    def losses(self, *parameters: Tensor) -> Tensor:
        """The cross-entropy of each network, averaged over the rows: ln(1 + e^z) − t·z."""
        z = self.outputs(*parameters)
        return (ops.softplus(z) - self.targets * z).mean(axis=1)

    def rows_right(self, z: Array) -> Array:
        """The number of rows each network classifies correctly; z ≥ 0 means above ½."""
        return ((z >= 0) == (self.targets == 1)).sum(axis=1)


def train(
    task: TwoLayers,
    parameters: Sequence[Array],
    rate: float,
    steps: int,
    engine: str = "compiled",
) -> tuple[list[Array], list[Array]]:
    """Train by full-batch descent.

    Returns the last parameters and, before each step and after the last, how many rows each network
    has right (S,).  The losses are summed, so that each network has the gradient of its own loss.
    """
    evaluate = loss_and_gradients(lambda *p: task.losses(*p).sum(), parameters, engine)
    outputs = evaluator(trace(task.outputs, *parameters), engine)
    right: list[Array] = []
    last: list[Array] = []
    for _, last in gradient_descent(evaluate, parameters, rate, steps):
        right.append(task.rows_right(outputs(*last)[0]))
    return last, right


def random_parameters(hidden: int, seed: int) -> list[Array]:
    """Draw the parameters of one network from the normal distribution."""
    rng = np.random.default_rng(seed)
    shapes = ((1, hidden, 2), (1, hidden), (1, hidden), (1,))
    return [rng.normal(size=shape) for shape in shapes]


def by_hand(x1: float, x2: float) -> tuple[int, int, int]:
    """XOR of a perceptron for OR, one for NOT AND, and one for AND of the two.

    Returns the outputs of all three.

    >>> [by_hand(*row)[-1] for row in INPUTS]
    [0, 1, 1, 0]
    """
    either, not_both = Perceptron(1, 1, -0.5)(x1, x2), Perceptron(-1, -1, 1.5)(x1, x2)
    return either, not_both, Perceptron(1, 1, -1.5)(either, not_both)


def _xor(request: Request) -> Solution:
    seed = request.integer("seed", 0, 10**6)
    rate = 2.0 if request.learning_rate is None else request.learning_rate
    steps = request.integer("steps", 1, 10**5)
    main = request.explain(
        _first_step(request, seed), wrt=["w1"], learning_rate=rate, parameters=PARAMETERS
    )
    hand: list[tuple[Entry, ...]] = []
    for row, t in zip(INPUTS, TARGETS["XOR"], strict=True):
        outputs = by_hand(*row)
        hand.append((*row, *outputs, t, outputs[-1] == t))
    passes = perceptron_rule(TARGETS["XOR"])

    def weights(*values: float) -> str:
        return request.constant.listed(*values)

    single = max(p.rows_right(TARGETS["XOR"]) for p in passes)
    rates = _success_rates(rate, steps, request.engine)
    ends = [f"{str(done).split()[0]} of the {network} network" for network, done, _ in rates.rows]
    return main, [
        Paragraph(
            "No single perceptron does XOR. It would need b < 0 for the row 0 0, w2 + b ≥ 0 for"
            " 0 1, w1 + b ≥ 0 for 1 0, and w1 + w2 + b < 0 for 1 1. Adding the middle two gives"
            " w1 + w2 + b ≥ −b, and −b is positive: a contradiction. In the plane of x1 and x2 the"
            " two ones are opposite corners of a square, the two zeros the other two, and no line"
            " separates them. The perceptron rule never comes to rest; in"
            f" {len(passes) - 1} passes it gets no more than {single} of 4."
        ),
        Table(
            "Two perceptrons and one on top, with weights given by hand: h1 is OR"
            f" ({weights(1, 1, -0.5)}), h2 is NOT AND ({weights(-1, -1, 1.5)}), the output is AND"
            f" of the two ({weights(1, 1, -1.5)}):",
            ("x1", "x2", "h1", "h2", "output", "XOR", "right"),
            tuple(hand),
        ),
        Paragraph(
            "The first layer bends the square: in the plane of h1 and h2 the two ones fall on"
            f" one point, ({weights(1, 1)}), and a line can cut it off. To learn such weights there"
            " must be slopes, so the steps are replaced by sigmoids, and the loss is the"
            " cross-entropy."
        ),
        _trained(request, rate),
        rates,
        Paragraph(
            "The loss of a network can have places where the slope is zero and the error is not: a"
            " network that starts badly stays there, such as a 2-2-1 network with two rows right"
            f" and two at one half. Of the {SEEDS} starts {' and '.join(ends)} end with all four"
            " rows right. The first training step of the 2-2-1 network, as one row of the truth"
            " table asks for it:"
        ),
        main,
    ]


PARAMETERS = ["w1", "w2", "w3", "w4", "b1", "b2", "v1", "v2", "c"]


def _first_step(request: Request, seed: int) -> Tensor:
    W, b, v, c = random_parameters(2, seed)
    drawn = [*W.ravel(), *b.ravel(), *v.ravel(), *c]
    values = dict(zip(PARAMETERS, map(float, drawn), strict=True))
    row = {name: request.inputs[name] for name in ("x1", "x2")}
    target = float((row["x1"] >= 0.5) != (row["x2"] >= 0.5))
    return request.record(NETWORK, {**row, **values, "t": target})


def _trained(request: Request, rate: float) -> Table:
    seed, steps = request.integer("seed", 0, 10**6), request.integer("steps", 1, 10**5)
    rows: list[list[Entry]] = [[*row, t] for row, t in zip(INPUTS, TARGETS["XOR"], strict=True)]
    results: list[str] = []
    for hidden in (2, 4):
        task = TwoLayers(TARGETS["XOR"])
        last, right = train(task, random_parameters(hidden, seed), rate, steps, request.engine)
        z = task.outputs(*map(constant, last)).value[0]
        for row, output in zip(rows, ops.sigmoid(z).value, strict=True):
            row.append(float(output))
        results.append(f"2-{hidden}-1 {right[-1][0]} of 4")
    return Table(
        f"Trained by {steps} steps of gradient descent with η = {request.write(rate)} on all four"
        f" rows, start number {seed}. Outputs ({', '.join(results)}):",
        ("x1", "x2", "XOR", "2-2-1", "2-4-1"),
        tuple(map(tuple, rows)),
    )


def _success_rates(rate: float, steps: int, engine: str) -> Table:
    rows: list[tuple[Entry, ...]] = []
    for hidden in (2, 4):
        starts = [random_parameters(hidden, seed) for seed in range(SEEDS)]
        together = [np.concatenate(parts) for parts in zip(*starts, strict=True)]
        _, right = train(TwoLayers(TARGETS["XOR"]), together, rate, steps, engine)
        done = np.array(right) == len(X)
        first = [int(done[:, s].argmax()) for s in range(SEEDS) if done[-1, s]]
        median = float(np.median(first)) if first else "never"
        rows.append((f"2-{hidden}-1", f"{len(first)} of {SEEDS}", median))
    return Table(
        f"The same from {SEEDS} random starts, numbers 0 to {SEEDS - 1}:",
        ("network", "starts that end with 4 of 4", "steps until then (median)"),
        tuple(rows),
    )


EXAMPLES = (
    Example(
        "xor",
        "no perceptron can do it; two layers can, given and trained",
        {"x1": 1, "x2": 0, "seed": 1, "steps": 1000},
        _xor,
        NETWORK,
        trains=True,
    ),
)
