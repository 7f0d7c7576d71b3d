"""Vanishing and exploding gradients in time: one neuron that sees its own last output."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from chainrule.autodiff import grad, scan
from chainrule.explain import Explanation
from chainrule.gallery.blocks import Block, Entry, Paragraph, Plot, Series, Table
from chainrule.gallery.example import Example, Solution, gradients_by_name
from chainrule.gallery.gradient_descent import LossAndGradients, clipped, gradient_descent
from chainrule.gallery.request import Request
from chainrule.graph import Array
from chainrule.ops import Tensor, matmul, relu, tanh
from chainrule.ops.tensor import variable

__all__ = ["EXAMPLES", "norms_by_lag", "recurrent_matrix"]

STEPS = (4, 3, 2, 1)
"""The steps of time, in the order in which a gradient reaches them."""

UNITS, LAST = 16, 30
"""Size of the layer whose gradient is followed, and how many steps of time."""

RATE, UPDATES, BOUND = 0.1, 8, 1.0
"""Learning rate, number of updates, and the norm to which gradients are clipped."""


def _unrolled(activation: str) -> str:
    return "; ".join(
        [
            *(f"z{t} = w*x{t} + u*h{t - 1}; h{t} = {activation}(z{t})" for t in range(1, 5)),
            "loss = 0.5*(h4 - y)**2",
        ]
    )


def _scanned(activation: Callable[[Tensor], Tensor]) -> Callable[[Mapping[str, float]], Tensor]:
    """The same four steps as a recurrence."""

    def record(inputs: Mapping[str, float]) -> Tensor:
        w, u = (variable(inputs[name], name) for name in ("w", "u"))

        def step(h: Tensor, x: Tensor) -> tuple[Tensor, None]:
            return activation((w * x + u * h).named("z")).named("h"), None

        xs = np.array([inputs[f"x{t}"] for t in range(1, 5)])
        last, _ = scan(step, inputs["h0"], xs)
        return (0.5 * (last - inputs["y"]) ** 2).named("loss")

    return record


def _factors(main: Explanation, request: Request, slope: str) -> Table:
    """What each step back in time multiplies the gradient by."""
    steps = {step.name: step for step in main.derivation.forward}
    gradients, u = gradients_by_name(main), request.inputs["u"]
    rows: list[tuple[Entry, ...]] = []
    for t in STEPS:
        local = steps[f"h{t}"].locals[0].value
        factor = request.by_hand(local * u)
        rows.append((f"h{t - 1} → h{t}", local, u, factor, gradients[f"h{t - 1}"]))
    return Table(
        "Each step back in time multiplies the gradient by the slope of the activation and by the"
        " same weight u:",
        ("step", slope, "u", "factor", "gradient that leaves it"),
        tuple(rows),
    )


def _shares(main: Explanation) -> Table:
    """What each step of time adds to the gradient of the recurrent weight."""
    values = {step.name: step.value for step in main.derivation.forward}
    gradients = gradients_by_name(main)
    parts = [values[f"h{t - 1}"] * gradients[f"z{t}"] for t in STEPS]
    sizes = sum(map(abs, parts)) or 1.0
    rows: list[tuple[Entry, ...]] = [
        (
            t,
            4 - t,
            gradients[f"z{t}"],
            values[f"h{t - 1}"],
            part,
            abs(part) / sizes,
        )
        for t, part in zip(STEPS, parts, strict=True)
    ]
    return Table(
        "u is used at every step, so its gradient is a sum over time. What each step adds, with"
        " its share of the sizes:",
        ("t", "lag", "∂loss/∂z", "h before", "product", "share"),
        tuple(rows),
    )


def recurrent_matrix(radius: float) -> Array:
    """A random orthogonal matrix (H, H) times `radius`, the size of all of its eigenvalues."""
    return radius * np.linalg.qr(np.random.default_rng(0).normal(size=(UNITS, UNITS))).Q


def norms_by_lag(matrix: Array, active: bool) -> list[float]:
    """‖∂L/∂hₜ‖ at each lag T − t of hₜ = φ(U·hₜ₋₁ + xₜ), where L is the sum of h_T.

    φ is tanh if `active`, otherwise the identity; xₜ are small random numbers.

    >>> norms = norms_by_lag(0.5 * np.eye(UNITS), active=False)
    >>> norms[:3]
    [4.0, 2.0, 1.0]
    """
    inputs = np.random.default_rng(1).normal(scale=0.1, size=(LAST, UNITS))

    def loss(shifts: Tensor) -> Tensor:
        def step(h: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
            z = matmul(matrix, h) + x
            after = tanh(z) if active else z
            return after, after

        last, _ = scan(step, np.zeros(UNITS), shifts)
        return last.sum()

    gradients: Array = grad(loss)(inputs)
    return [float(norm) for norm in np.linalg.norm(gradients[::-1], axis=1)]


def _radii(request: Request, radii: Sequence[float], lags: Sequence[int]) -> tuple[Table, Plot]:
    """A table and a plot of gradients' norms by lag, for matrices of these spectral radii."""
    found = {
        f"radius {request.constant(radius)}{name}": norms_by_lag(recurrent_matrix(radius), active)
        for radius in radii
        for name, active in ((", linear", False), (", tanh", True))
    }
    table = Table(
        f"A layer of {UNITS} such neurons has a matrix U in the place of u. The norm of the"
        " gradient by lag, as a share of that at lag 0, where U is a random orthogonal matrix times"
        " a number, its spectral radius (the size of its largest eigenvalue):",
        ("layer", *(f"lag {lag}" for lag in lags)),
        tuple(
            (name, *(float(norms[lag] / norms[0]) for lag in lags)) for name, norms in found.items()
        ),
    )
    plot = Plot(
        "The gradient's norm by lag",
        "lag",
        "log10 of the share",
        tuple(
            Series(
                name,
                tuple(map(float, range(LAST))),
                tuple(math.log10(norm / norms[0]) for norm in norms),
            )
            for name, norms in found.items()
        ),
    )
    return table, plot


def _vanishing(request: Request) -> Solution:
    main = request.explain(wrt=["u"], parameters=["w", "u"])
    gradients = gradients_by_name(main)
    u = request.inputs["u"]
    table, plot = _radii(request, (0.5, 0.9), (0, 1, 2, 5, 10))
    return main, [
        Paragraph(
            "A recurrent neuron over four steps of time. At each step it sees an input x and its"
            " own last output h, with the same two weights: w for the input, u for what it"
            " remembers. Unrolled in time, it is a chain of four layers that share their weights."
        ),
        main,
        _factors(main, request, "tanh′"),
        _shares(main),
        Paragraph(
            f"The gradient is {request.brief(gradients['h4'], 3)} at h4 and"
            f" {request.brief(gradients['h0'], 3)} at h0, four steps earlier. The slope of tanh is"
            " 1 − h², at most 1, so a step lets at most |u| through, and k steps at most |u|"
            f" to the power k: with u = {request.constant(u)}, at most"
            f" {request.brief(abs(u) ** 10, 2)} after ten. What happened long ago has almost no"
            " share in the gradient of u: the network cannot learn that it mattered."
        ),
        table,
        plot,
        Paragraph(
            "A step multiplies the norm by the spectral radius: a straight line on a logarithmic"
            " scale, and the slopes of tanh make it steeper. Cures: a recurrent matrix of radius 1"
            " at the start (an orthogonal one), gates that carry the state on by addition"
            " (lstm-by-hand), or a direct way to every step (attention-by-hand)."
        ),
    ]


def _exploding(request: Request) -> Solution:
    main = request.explain(wrt=["u"], parameters=["w", "u"])
    gradients = gradients_by_name(main)
    table, plot = _radii(request, (1.0, 1.5), (0, 1, 2, 5, 10))
    return main, [
        Paragraph(
            "The recurrent neuron of vanishing-in-time, with ReLU in the place of tanh and u ="
            f" {request.constant(request.inputs['u'])}."
        ),
        main,
        _factors(main, request, "relu′"),
        _shares(main),
        Paragraph(
            f"The gradient is {request.brief(gradients['h4'], 3)} at h4 and"
            f" {request.brief(gradients['h0'], 3)} at h0. Where its input is positive, ReLU has the"
            " slope 1, and k steps multiply the gradient by u to the power k."
        ),
        table,
        plot,
        Paragraph(
            "With a spectral radius above 1 the gradient of the linear layer grows without a bound."
            " Where neurons of the other saturate, the small slopes of tanh hold it back."
        ),
        *_clipping(request),
    ]


def _clipping(request: Request) -> list[Block]:
    """Gradient descent on both weights, with the gradient as it is and clipped."""
    rate = RATE if request.learning_rate is None else request.learning_rate
    start = [np.asarray(request.inputs[name]) for name in ("w", "u")]

    def evaluate(weights: Sequence[Array]) -> tuple[float, list[Array]]:
        w, u = map(float, weights)
        loss = request.record(values={**request.inputs, "w": w, "u": u})
        gradients = loss.gradients()
        return loss.item(), [np.asarray(gradients[name].value) for name in ("w", "u")]

    plain = list(gradient_descent(evaluate, start, rate, UPDATES))
    cut = list(gradient_descent(clipped(evaluate, BOUND), start, rate, UPDATES))
    rows = [
        (i, *(float(number) for loss, (w, u) in (plain[i], cut[i]) for number in (loss, w, u)))
        for i in (0, 1, 2, 4, UPDATES)
    ]
    return [
        Table(
            f"Gradient descent with the learning rate {request.constant(rate)}, with the gradient"
            f" as it is, and with its norm clipped to {request.constant(BOUND)} (g ← g·c/‖g‖ where"
            " ‖g‖ > c):",
            ("update", "loss", "w", "u", "loss, clipped", "w, clipped", "u, clipped"),
            tuple(rows),
        ),
        Paragraph(
            f"The first update takes u from {request.brief(float(start[1]), 3)} to"
            f" {request.brief(rows[1][3], 3)} with the gradient as it is and to"
            f" {request.brief(rows[1][6], 3)} with the clipped one, which has the same direction"
            f" and at most the length {request.constant(BOUND)}. After {UPDATES} updates the loss"
            f" is {request.brief(rows[-1][1], 3)} without clipping and"
            f" {request.brief(rows[-1][4], 3)} with it."
            f"{_stuck(request, evaluate, plain[-1][1])}"
        ),
    ]


def _stuck(request: Request, evaluate: LossAndGradients, weights: Sequence[Array]) -> str:
    """A sentence for weights at which the gradient is 0, though the loss is not."""
    loss, gradients = evaluate(weights)
    if not loss or any(map(np.any, gradients)):
        return ""
    return (
        f" Where the unclipped weights were thrown, w = {request.brief(float(weights[0]), 3)} and u"
        f" = {request.brief(float(weights[1]), 3)}, no ReLU passes a gradient on: it is 0, and no"
        " further update changes anything."
    )


VANISHING = Example(
    "vanishing-in-time",
    "a recurrent neuron over four steps: the gradient shrinks",
    {"x1": 1, "x2": 0.5, "x3": 0.2, "x4": -0.1, "h0": 0.5, "w": 0.8, "u": 0.5, "y": 1},
    _vanishing,
    _unrolled("tanh"),
    over_time=_scanned(tanh),
)

EXPLODING = Example(
    "exploding-in-time",
    "a recurrent weight above 1, and clipping as the cure",
    {"x1": 1, "x2": 0.5, "x3": 0.5, "x4": 0.5, "h0": 0.5, "w": 1, "u": 1.5, "y": 1},
    _exploding,
    _unrolled("relu"),
    over_time=_scanned(relu),
)

EXAMPLES = (VANISHING, EXPLODING)
