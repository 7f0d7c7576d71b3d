"""Circuits of a few gates, the first examples in lecture notes."""

from __future__ import annotations

from dataclasses import replace

from chainrule.gallery.blocks import Paragraph, Table
from chainrule.gallery.example import Example, Solution, derivation_with_text, gradients_by_name
from chainrule.gallery.request import Request

__all__ = ["EXAMPLES"]

RECIPE = (
    "The recipe, the same for every computation: (1) name the elementary functions; (2) draw the"
    " graph, each function taking its inputs from the left; (3) forward pass: every value from the"
    " ones before it; (4) the local gradient of each function with respect to each of its inputs;"
    " (5) backward pass: start with 1 at the output and go from the end to the beginning, each"
    " gradient being local × upstream."
)

ADD_MULTIPLY = Example(
    "add-multiply",
    "f = (x + y)·z, the smallest circuit with a chain in it",
    {"x": -2, "y": 5, "z": -4},
    derivation_with_text(
        RECIPE,
        after=[
            "What to see. An addition distributes: it hands its upstream gradient to both inputs"
            " unchanged, so x and y have the same gradient, that of q. A multiplication swaps: each"
            " factor gets the upstream gradient times the other factor, so z gets q, and q gets z.",
        ],
    ),
    "q = x + y; f = q * z",
)

MULTIPLY_ADD = Example(
    "multiply-add",
    "f = x + y·z, the same gates in the other order",
    {"x": -2, "y": 5, "z": -4},
    derivation_with_text(
        "Only the order of the two gates differs from add-multiply, and with it every gradient.",
        after=[
            "What to see. x meets the addition alone, so its gradient is 1 whatever the numbers"
            " are. y and z pass the multiplication first, and get each other's value.",
        ],
    ),
    "g = y * z; f = x + g",
)


ONE_GATE = "z = w0*x0 + w1*x1 + w2; f = sigmoid(z)"


def _sigmoid_circuit(request: Request) -> Solution:
    main = request.explain()
    # without the requested wrt: a gate of the long circuit need not exist in the short one
    short = replace(request, wrt=None, steps="names", expression=ONE_GATE).explain(wrt=["w0"])
    fine, coarse = gradients_by_name(main), gradients_by_name(short)
    rows = tuple((name, fine[name], coarse[name]) for name in request.inputs)
    return main, [
        Paragraph(
            "A neuron with two inputs, taken apart into eight gates: products, sums, a change of"
            " sign, an exponential, another sum and a reciprocal."
        ),
        main,
        Paragraph(
            "Where to cut a computation into gates is a matter of taste. The last four gates"
            " together are the sigmoid σ(z) = 1 / (1 + e^−z), whose local gradient is σ·(1−σ):"
            " one gate with a short rule does the work of four."
        ),
        short,
        Table(
            "The gradients, by eight gates and with the sigmoid as one:",
            ("input", "eight gates", "one sigmoid"),
            rows,
        ),
    ]


SIGMOID_CIRCUIT = Example(
    "sigmoid-circuit",
    "a sigmoid neuron in eight gates, and the sigmoid as one",
    {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3},
    _sigmoid_circuit,
    "f1 = w0*x0; f2 = w1*x1; f3 = f1 + f2; f4 = f3 + w2;"
    " f5 = -f4; f6 = exp(f5); f7 = 1 + f6; f8 = 1 / f7",
)


def _max_gate(request: Request) -> Solution:
    main = request.explain()
    z = request.inputs["z"]
    rows: list[tuple[float, str, float, float]] = []
    chosen = ""
    for w in (z - 3, z, z + 3):
        explanation = replace(request, inputs={**request.inputs, "w": w}, wrt=None).explain()
        larger = "z" if z > w else "w" if w > z else "neither: a tie"
        gradients = gradients_by_name(explanation)
        rows.append((w, larger, gradients["z"], gradients["w"]))
        if w == z:
            notes = [note for step in explanation.derivation.backward for note in step.notes]
            chosen = notes[0]
    return main, [
        Paragraph(
            "A max gate is a switch. The larger input goes through, and on the way back it"
            " alone gets the upstream gradient; a small change of the other input changes"
            " nothing."
        ),
        main,
        Table(
            f"The same circuit with z = {request.write(z)} and other values of w:",
            ("w", "the larger", "∂f4/∂z", "∂f4/∂w"),
            tuple(rows),
        ),
        Paragraph(
            "At z = w the derivative is not defined: a little more of z raises the maximum, a"
            " little less does not lower it. Any sharing out between the two is a convention,"
            f" and this is the one used here. {chosen[0].upper()}{chosen[1:]}."
        ),
    ]


MAX_GATE = Example(
    "max-gate",
    "f = 2·(x·y + max(z, w)): routing the gradient, and ties",
    {"x": 3, "y": -4, "z": 2, "w": -1},
    _max_gate,
    "f1 = x * y; f2 = max(z, w); f3 = f1 + f2; f4 = 2 * f3",
)

EXAMPLES = (ADD_MULTIPLY, MULTIPLY_ADD, SIGMOID_CIRCUIT, MAX_GATE)
