"""Symmetry: neurons that start with equal weights stay equal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from chainrule.formula.numbers import NumberWriter
from chainrule.gallery.blocks import Entry, Paragraph, Table
from chainrule.gallery.example import Example, Solution
from chainrule.gallery.examples.gates import TARGETS
from chainrule.gallery.examples.xor import TwoLayers, train
from chainrule.gallery.request import Request
from chainrule.graph import Array

__all__ = ["EXAMPLES", "spread"]

HIDDEN = 3

Initializer = Callable[[tuple[int, ...]], Array]


def spread(parameters: Sequence[Array]) -> float:
    """The largest difference between the weights, biases or outgoing weights of hidden neurons.

    >>> spread([np.zeros((1, 3, 2)), np.zeros((1, 3)), np.array([[1.0, 1.0, 4.0]]), np.zeros(1)])
    3.0
    """
    W, b, v, _ = parameters
    return max(float(np.abs(part - part[:, :1]).max()) for part in (W, b, v))


def _starts(seed: int, write: NumberWriter) -> dict[str, Initializer]:
    rng = np.random.default_rng(seed)
    return {
        "all 0": np.zeros,
        f"all {write(0.5)}": lambda shape: np.full(shape, 0.5),
        f"uniform({write.listed(-0.1, 1)})": lambda shape: rng.uniform(-0.1, 1, shape),
    }


def _zero_init(request: Request) -> Solution:
    seed, steps = request.integer("seed", 0, 10**6), request.integer("steps", 1, 10**5)
    rate = 2.0 if request.learning_rate is None else request.learning_rate
    scalars = {
        name: value for name, value in request.inputs.items() if name not in ("seed", "steps")
    }
    main = request.explain(
        request.record(values=scalars),
        wrt=["w1", "w3"],
        learning_rate=rate,
        parameters=["w1", "w2", "w3", "w4", "v1", "v2"],
    )
    rows: list[tuple[Entry, ...]] = []
    for gate in ("OR", "XOR"):
        for name, initialize in _starts(seed, request.constant).items():
            task = TwoLayers(TARGETS[gate])
            shapes = ((1, HIDDEN, 2), (1, HIDDEN), (1, HIDDEN), (1,))
            drawn = [initialize(shape) for shape in shapes]
            last, right = train(task, drawn, rate, steps, request.engine)
            rows.append((gate, name, spread(last), f"{right[-1][0]} of 4"))
    pairs = (("w1", "w3"), ("w2", "w4"), ("v1", "v2"))
    equal = all(scalars[a] == scalars[b] for a, b in pairs)
    same = [row for row in rows if str(row[1]).startswith("all")]
    apart = max(float(row[2]) for row in same)
    exactly = ", exactly and not nearly" if apart == 0 else ""
    reached = {g: " and ".join(str(r[3]) for r in same if r[0] == g) for g in ("OR", "XOR")}
    more = "" if set(reached["OR"].split(" and ")) == {"4 of 4"} else ", given more steps"
    return main, [
        Paragraph(
            "Two hidden neurons with the same incoming and outgoing weights compute the same"
            " number, and the same number comes back to both: the factors of their gradients"
            " are equal one by one. "
            + (
                "Compare w1 with w3, and w2 with w4, in the derivation of two such neurons."
                if equal
                else "The weights given here differ, so the gradients do too:"
            )
        ),
        main,
        Paragraph(
            "Where they are equal, equal weights minus equal gradients are equal weights, so the"
            " next step starts where this one did, and so on for ever: however many neurons the"
            " layer has, it is worth one. The update cannot tell them apart, because nothing in"
            " it depends on which neuron it is."
        ),
        Table(
            f"2-{HIDDEN}-1 networks trained for {steps} steps of gradient descent with learning"
            f" rate {request.write(rate)}:",
            ("task", "start", "difference between neurons", "rows right"),
            tuple(rows),
        ),
        Paragraph(
            f"Equal starts end with a difference of {request.brief(apart)}{exactly}. One neuron is"
            f" enough for OR{more}, where they end with {reached['OR']} rows right; it is not"
            f" enough for XOR, where they end with {reached['XOR']} (all zeros do not even move"
            " there: the outgoing weights are 0, so nothing comes back to the hidden layer, and the"
            " pulls of the four rows on the rest cancel). Random weights, such as"
            f" uniform({request.constant.listed(-0.1, 1)}), break the symmetry: each neuron goes"
            " its own way."
        ),
    ]


INPUTS = {
    "x1": 1, "x2": 0.5, "t": 1, "w1": 0.5, "w2": 0.5, "w3": 0.5, "w4": 0.5, "v1": 0.5,
    "v2": 0.5, "seed": 0, "steps": 1000,
}  # fmt: skip

EXAMPLES = (
    Example(
        "zero-init",
        "equal weights stay equal for ever; random ones do not",
        INPUTS,
        _zero_init,
        "z1 = w1*x1 + w2*x2; z2 = w3*x1 + w4*x2; a1 = sigmoid(z1); a2 = sigmoid(z2);"
        " y = v1*a1 + v2*a2; E = 0.5*(t - y)**2",
        trains=True,
    ),
)
