"""Layers without an activation between them are one layer."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from chainrule.autodiff import jacobian
from chainrule.explain import Explanation
from chainrule.gallery.blocks import Block, Entry, Paragraph, Table
from chainrule.gallery.example import Ask, Example
from chainrule.graph import Array
from chainrule.ops import sigmoid

__all__ = ["EXAMPLES", "collapsed", "drawn"]

SIZES = (3, 4, 3, 2)

POINTS = 1000

Layers = list[tuple[Array, Array]]


def drawn(seed: int) -> Layers:
    """Random layers 3-4-3-2: weights and biases."""
    rng = np.random.default_rng(seed)
    return [(rng.normal(size=(h, d)), rng.normal(size=h)) for d, h in pairwise(SIZES)]


def collapsed(layers: Layers) -> tuple[Array, Array]:
    """The one affine map equal to all of them: W̃ = Wₙ ⋯ W₁, b̃ = Wₙ(⋯ W₂b₁ + b₂ ⋯) + bₙ.

    >>> W, b = collapsed(
    ...     [(np.array([[2.0]]), np.array([1.0])), (np.array([[3.0]]), np.array([4.0]))]
    ... )
    >>> float(W[0, 0]), float(b[0])
    (6.0, 7.0)
    """
    W, b = np.eye(layers[0][0].shape[1]), np.zeros(layers[0][0].shape[1])
    for weight, bias in layers:
        W, b = weight @ W, weight @ b + bias
    return W, b


def _through(layers: Layers, x: Array, activation=lambda z: z) -> Array:  # pyright: ignore
    for i, (weight, bias) in enumerate(layers):
        x = (activation(x) if i else x) @ weight.T + bias
    return x


def _linear_collapse(ask: Ask) -> tuple[Explanation, Sequence[Block]]:
    scalars = {name: value for name, value in ask.inputs.items() if name != "seed"}
    main = ask.explain(ask.record(values=scalars), wrt=["x"], learning_rate=None)
    layers = drawn(ask.whole("seed", 0, 10**6))
    W, b = collapsed(layers)
    x = np.random.default_rng(0).normal(size=(POINTS, SIZES[0]))
    straight = x @ W.T + b
    apart = float(np.abs(_through(layers, x) - straight).max())
    precision = "1e-12" if apart < 1e-12 else f"{apart:.0e}"
    rows: list[tuple[Entry, ...]] = [(i, *map(float, W[i]), float(b[i])) for i in range(len(b))]
    return main, [
        Paragraph(
            "A layer with the identity as its activation is an affine map, z = Wx + b, and an"
            " affine map of an affine map is one again: W2(W1·x + b1) + b2 = (W2·W1)x + (W2·b1"
            " + b2). Three neurons in a row show it. The gradient of y with respect to x is the"
            " product of the weights, and x does not occur in it: the slope is the same"
            " everywhere."
        ),
        main,
        Table(
            f"Layers {'-'.join(map(str, SIZES))} of random weights and their one affine map W̃x"
            " + b̃, an output a row:",
            ("output", *(f"W̃ from x{j + 1}" for j in range(SIZES[0])), "b̃"),
            tuple(rows),
        ),
        Table(
            f"On {POINTS} random inputs:",
            ("compared", "largest difference"),
            (
                ("the layers, with W̃x + b̃", apart),
                ("the Jacobian at two inputs, with W̃", _slopes(layers, x, W)),
                (
                    "with sigmoids inside, with the nearest affine map",
                    _best_affine(x, _through(layers, x, lambda z: sigmoid(z).value)),
                ),
            ),
        ),
        Paragraph(
            f"The layers and the one map agree to {precision}, which is rounding. Depth without an"
            " activation buys nothing: no XOR, no curve, nothing that one layer could not do. With"
            " sigmoids between the layers no affine map agrees any more."
        ),
    ]


def _slopes(layers: Layers, x: Array, W: Array) -> float:
    found = [jacobian(lambda point: _through(layers, point))(point) for point in x[:2]]
    return max(float(np.abs(slope - W).max()) for slope in found)


def _best_affine(x: Array, y: Array) -> float:
    """The largest error of the affine map nearest to the points by least squares."""
    design = np.column_stack([x, np.ones(len(x))])
    fitted = design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return float(np.abs(fitted - y).max())


EXAMPLES = (
    Example(
        "linear-collapse",
        "layers without activations equal one affine map",
        {"x": 0.5, "w1": 2, "b1": 1, "w2": -3, "b2": 0.5, "w3": 0.25, "b3": -1, "seed": 0},
        _linear_collapse,
        "z1 = w1*x + b1; z2 = w2*z1 + b2; y = w3*z2 + b3",
    ),
)
