"""Layers without an activation between them are one layer."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from chainrule.autodiff import jacobian
from chainrule.gallery.blocks import Entry, Paragraph, Table
from chainrule.gallery.example import Example, Solution
from chainrule.gallery.request import Request
from chainrule.graph import Array
from chainrule.ops import sigmoid

__all__ = ["EXAMPLES", "collapsed", "random_layers"]

SIZES = (3, 4, 3, 2)

POINTS = 1000

ROUNDINGS = 4 * sum(SIZES)
"""How many roundings of the largest output a difference may have to count as rounding only: one for
each product and sum that leads to an output, four for each neuron on the way."""

Layers = list[tuple[Array, Array]]


def random_layers(seed: int) -> Layers:
    """Weights and biases of random layers 3-4-3-2."""
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
    inputs = layers[0][0].shape[1]
    matrix, vector = np.eye(inputs), np.zeros(inputs)
    for weight, bias in layers:
        matrix, vector = weight @ matrix, weight @ vector + bias
    return matrix, vector


def _outputs(layers: Layers, x: Array, activation: Callable[[Array], Array] = lambda z: z) -> Array:
    """The last layer's outputs, with an activation between the layers."""
    for i, (weight, bias) in enumerate(layers):
        x = (activation(x) if i else x) @ weight.T + bias
    return x


def _linear_collapse(request: Request) -> Solution:
    scalars = {name: value for name, value in request.inputs.items() if name != "seed"}
    main = request.explain(
        request.record(values=scalars), wrt=["x"], parameters=[n for n in scalars if n != "x"]
    )
    layers = random_layers(request.integer("seed", 0, 10**6))
    W, b = collapsed(layers)
    x = np.random.default_rng(0).normal(size=(POINTS, SIZES[0]))
    difference = float(np.abs(_outputs(layers, x) - (x @ W.T + b)).max())
    of_jacobian = _jacobian_difference(layers, x, W)
    largest = float(np.abs(x @ W.T).max())
    zeros = frozenset(
        gap
        for gap, size in ((difference, largest), (of_jacobian, float(np.abs(W).max())))
        if gap <= ROUNDINGS * np.finfo(np.float64).eps * max(size, 1.0)
    )
    precision = (
        "but for rounding"
        if difference in zeros or not difference
        else f"to {request.brief(difference, 1)}"
    )
    nearest = _best_affine(x, _outputs(layers, x, lambda z: sigmoid(z).value))
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
                ("the layers, with W̃x + b̃", difference),
                ("the Jacobian at two inputs, with W̃", of_jacobian),
                ("with sigmoids inside, with the nearest affine map", nearest),
            ),
            zeros=zeros,
        ),
        Paragraph(
            f"The layers and the one map agree {precision}. Depth without an activation buys"
            " nothing: no XOR, no curve, nothing that one layer could not do. With sigmoids between"
            " the layers even the nearest affine map is off, by"
            f" {request.brief(nearest, 2)} at one of these inputs."
        ),
    ]


def _jacobian_difference(layers: Layers, x: Array, W: Array) -> float:
    """The largest difference between W and the Jacobian of the layers at two inputs."""

    def outputs(point: Any) -> Any:
        return _outputs(layers, point)

    jacobians = [jacobian(outputs)(point) for point in x[:2]]
    return max(float(np.abs(J - W).max()) for J in jacobians)


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
