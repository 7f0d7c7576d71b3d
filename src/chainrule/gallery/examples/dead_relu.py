"""Dead ReLUs: a network that never learns anything, and what brings it back to life."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

import chainrule.ops as ops
from chainrule.gallery.blocks import Block, Entry, Paragraph, Table
from chainrule.gallery.example import Example, Solution
from chainrule.gallery.gradient_descent import gradient_descent, loss_and_gradients
from chainrule.gallery.request import Request
from chainrule.graph import Array
from chainrule.ops import Tensor, variable

__all__ = ["EXAMPLES"]

SHAPES = ((3, 4), (2, 3), (2, 2))
"""Shapes of the weights of the layers 4-3-2-2, one row per neuron."""

STEPS = 200

STARTS = 100

Activation = Callable[[Tensor], Tensor]


def record(x: Array, weights: Sequence[Tensor], target: int, activation: Activation) -> Tensor:
    """Record the loss −ln p[target] of the network 4-3-2-2 without biases, every step named."""
    a: Tensor | Array = x
    z = ops.matmul(weights[0], a).named("z1")
    for i, weight in enumerate(weights[1:], start=2):
        a = activation(z).named(f"a{i - 1}")
        z = ops.matmul(weight, a).named(f"z{i}")
    return (-ops.log(ops.softmax(z).named("p")[target])).named("loss")


def _dead_relu(request: Request) -> Solution:
    x = np.array([request.inputs[f"x{i}"] for i in range(1, 5)])
    same = [np.full(shape, request.inputs["w"]) for shape in SHAPES]
    rate = 0.5 if request.learning_rate is None else request.learning_rate
    weights = [variable(array, f"W{i}") for i, array in enumerate(same, start=1)]
    loss = record(x, weights, 0, ops.relu)
    main = request.explain(
        loss,
        wrt=["W1[0, 0]", "W2[0, 0]", "W3[0, 0]"],
        learning_rate=rate,
    )
    values = {node.name: node.value for node in loss.graph().nodes if node.name}
    gradients = loss.gradients()
    forward = [
        (name, _vector(values[name], request)) for name in ("z1", "a1", "z2", "a2", "z3", "p")
    ]
    largest: list[tuple[Entry, ...]] = [
        (f"W{i}", f"{rows} × {columns}", float(np.abs(gradients[f"W{i}"].value).max()))
        for i, (rows, columns) in enumerate(SHAPES, start=1)
    ]
    dead = all(size == 0 for *_, size in largest)
    return main, [
        Paragraph(
            "Four inputs, layers of three, two and two neurons, every weight the same, no biases,"
            " ReLU inside and softmax at the end; the first class is the right one."
        ),
        Table("The forward pass, layer by layer:", ("values", "of the layer"), tuple(forward)),
        Table(
            "The largest gradient of any weight, by size, layer by layer:",
            ("weights", "shape", "largest |∂loss/∂w|"),
            tuple(largest),
        ),
        Paragraph(
            "Every gradient is 0, and zero slope means: a small change of the weight changes"
            " nothing, so the update leaves it as it is. Why? A ReLU whose sum is not positive"
            " gives 0 and has the slope 0. Here that is a whole layer of them; everything after"
            " is 0, and softmax of equal numbers is one half each. The error is there, and does"
            " come back to z3, but no further: the gradient of a weight in the last layer is"
            " error × input, and the input is 0; behind it, each path passes a ReLU of slope 0."
            if dead
            else _alive([str(name) for name, _, size in largest if size == 0])
        ),
        *_training(x, same, rate, request),
        Paragraph("The whole of it, entry by entry:"),
        main,
    ]


def _alive(zero: list[str]) -> str:
    """What the gradient does not reach where some ReLUs are above 0."""
    words = (
        "With these inputs some ReLUs are above 0, so their slope is 1 and gradients get through"
    )
    if not zero:
        return f"{words}."
    return (
        f"{words}, but not to {' and '.join(zero)}: the gradients of the two outputs add up to 0,"
        " and equal weights take them back with equal factors."
    )


def _vector(values: Array | None, request: Request) -> str:
    assert values is not None
    return request.write.separator.join(map(request.write, values.tolist()))


def _random_weights(seed: int) -> list[Array]:
    rng = np.random.default_rng(seed)
    return [rng.normal(0, np.sqrt(2 / shape[1]), shape) for shape in SHAPES]


def _loss(x: Array, activation: Activation) -> Callable[..., Tensor]:
    """The loss of the first class as a function of the weights."""

    def loss(*weights: Tensor) -> Tensor:
        return record(x, weights, 0, activation)

    return loss


def _count_alive(x: Array, engine: str) -> int:
    """The number of random starts with any gradient that is not zero."""
    evaluate = loss_and_gradients(_loss(x, ops.relu), _random_weights(0), engine)
    gradients = (evaluate(_random_weights(seed))[1] for seed in range(STARTS))
    return sum(any(gradient.any() for gradient in found) for found in gradients)


def _training(x: Array, same: list[Array], rate: float, request: Request) -> list[Block]:
    seed, engine = request.integer("seed", 0, 10**6), request.engine
    random, alive = _random_weights(seed), _count_alive(x, engine)
    rows: list[tuple[Entry, ...]] = []
    for name, start, activation in (
        ("equal weights, ReLU", same, ops.relu),
        ("equal weights, leaky ReLU", same, ops.leaky_relu),
        ("random weights, ReLU", random, ops.relu),
        ("random weights, leaky ReLU", random, ops.leaky_relu),
    ):
        evaluate = loss_and_gradients(_loss(x, activation), start, engine)
        (before, _), *_, (after, last) = gradient_descent(evaluate, start, rate, STEPS)
        moved = max(float(np.abs(a - b).max()) for a, b in zip(start, last, strict=True))
        rows.append((name, before, after, moved))
    equal, differing = float(rows[1][3]), float(rows[3][3])
    moved_by = ""
    if np.isfinite([equal, differing]).all():
        moved_by = (
            f": the largest move of a weight is {request.brief(equal, 2)} with equal"
            f" weights, {request.brief(differing, 2)} with weights that differ"
        )
    return [
        Table(
            f"{STEPS} steps of gradient descent with learning rate {request.write(rate)} on this"
            " one row:",
            ("start", "loss before", "loss after", "most a weight moved"),
            tuple(rows),
        ),
        Paragraph(
            "What is dead stays dead, whatever the learning rate and however long the training:"
            " a weight whose gradient is 0 does not move. Weights that differ help where they lift"
            f" some sums above zero: of {STARTS} random starts {alive} get any gradient from this"
            f" row. A leaky ReLU has the slope {request.constant(0.01)} below zero and lets a"
            f" hundredth through{moved_by}. A bias that lifts the sums above zero is another way"
            " back to life."
        ),
    ]


EXAMPLES = (
    Example(
        "dead-relu",
        "ReLUs with every sum below zero: nothing is ever learned",
        {"x1": -2.4, "x2": 1.2, "x3": -0.8, "x4": 1.1, "w": 0.1, "seed": 11},
        _dead_relu,
        trains=True,
    ),
)
