"""Vanishing and exploding gradients: three neurons in a row."""

from __future__ import annotations

from chainrule.explain import Explanation
from chainrule.gallery.blocks import Paragraph, Table
from chainrule.gallery.example import Example, Solution, gradients_by_name
from chainrule.gallery.request import Request

__all__ = ["EXAMPLES"]


WEIGHTS = ["w1", "w2", "w3"]


def _chain(activation: str) -> str:
    return (
        f"f1 = w1*x; f2 = {activation}(f1); f3 = w2*f2; f4 = {activation}(f3);"
        f" f5 = w3*f4; f6 = {activation}(f5); f7 = f6 - y; f8 = f7**2; f9 = 0.5*f8"
    )


def _layers(main: Explanation, request: Request, slope: str) -> Table:
    """The factor by which each neuron multiplies the gradient, from the last to the first."""
    steps = {step.name: step for step in main.derivation.forward}
    gradients = gradients_by_name(main)
    rows: list[tuple[str, float, float, float, float]] = []
    for neuron, before, after, source in (
        (3, "f5", "f6", "f4"),
        (2, "f3", "f4", "f2"),
        (1, "f1", "f2", "x"),
    ):
        local, weight = steps[after].locals[0].value, request.inputs[f"w{neuron}"]
        rows.append(
            (
                f"{before} → {after}",
                local,
                weight,
                request.by_hand(local * weight),
                gradients[source],
            )
        )
    return Table(
        "Each neuron multiplies the gradient by the slope of its activation and by its weight:",
        ("neuron", slope, "weight", "factor", "gradient that leaves it"),
        tuple(rows),
    )


def _vanishing(request: Request) -> Solution:
    main = request.explain(wrt="x", parameters=WEIGHTS)
    gradients = gradients_by_name(main)
    number = (
        f"from {request.brief(gradients['f6'], 3)} at the last neuron's output to"
        f" {request.brief(gradients['f1'], 3)} at f1"
    )
    return main, [
        Paragraph(
            "Three sigmoid neurons in a row, cut into gates: a product, a sigmoid, a product, a"
            " sigmoid, a product, a sigmoid, and half the squared error."
        ),
        main,
        _layers(main, request, "σ′"),
        Paragraph(
            f"The gradient goes {number}. The slope of the sigmoid is σ′ = σ·(1−σ), a product of"
            " two positive numbers that add up to 1; it is largest where they are equal, so 0 <"
            " σ′ ≤ ½ · ½ = ¼. Each sigmoid lets at most a quarter through, n of them at most"
            f" {request.constant(0.25)} to the power n, whatever their inputs are. Unless a weight"
            " above 4 makes up for it, the early weights hardly move: they learn more slowly the"
            " deeper the network is."
        ),
    ]


def _exploding(request: Request) -> Solution:
    main = request.explain(wrt="x", parameters=WEIGHTS)
    gradients = gradients_by_name(main)
    return main, [
        Paragraph(
            "The same chain as vanishing-chain, with ReLU in the place of the sigmoid and weights"
            f" of {request.write.listed(*(request.inputs[w] for w in WEIGHTS))}."
        ),
        main,
        _layers(main, request, "relu′"),
        Paragraph(
            f"The gradient is {request.brief(gradients['f6'])} at the last neuron's output and"
            f" {request.brief(gradients['x'])} at x. Where its input is positive a ReLU has the"
            " slope 1 and takes nothing away, so each neuron multiplies the gradient by its weight"
            " alone, and n neurons by the product of n weights: a power. Where weights are above 1"
            " and layers many, an update with such a gradient throws the weights far away unless"
            " the learning rate is tiny, the gradient is clipped, or the weights start smaller."
        ),
    ]


VANISHING = Example(
    "vanishing-chain",
    "three sigmoids in a row: each lets a quarter through at most",
    {"x": 1, "w1": 0.5, "w2": 0.5, "w3": 0.5, "y": 1},
    _vanishing,
    _chain("sigmoid"),
)

EXPLODING = Example(
    "exploding-chain",
    "three ReLUs in a row: weights above 1 make gradients explode",
    {"x": 1, "w1": 5, "w2": 5, "w3": 5, "y": 1},
    _exploding,
    _chain("relu"),
)

EXAMPLES = (VANISHING, EXPLODING)
