"""Softmax: one weighted sum, then softmax and cross-entropy over a layer."""

from __future__ import annotations

from chainrule.gallery.blocks import Paragraph, Table
from chainrule.gallery.example import Example, Solution, gradients_by_name
from chainrule.gallery.request import Request

__all__ = ["EXAMPLES"]


def _neuron_softmax(request: Request) -> Solution:
    main = request.explain(wrt=["w1"], parameters=["w1", "w2", "w3", "w4"])
    values = {step.name: step.value for step in main.derivation.forward}
    gradients = gradients_by_name(main)
    rows = [
        (f"z{i}", values[f"z{i}"], values[f"p{i}"], request.inputs[f"t{i}"], gradients[f"z{i}"])
        for i in (1, 2, 3)
    ]
    return main, [
        Paragraph(
            "A neuron with four inputs makes one number of them, z1 = w1·x1 + w2·x2 + w3·x3 +"
            " w4·x4. Softmax looks at a whole layer: it makes the z of every neuron positive by"
            " the exponential and divides by the total, so that the results are shares that add"
            " up to 1. The other two neurons of the layer are given by their z. The loss is the"
            " cross-entropy with the targets t."
        ),
        main,
        Table(
            "The layer, before and after softmax, and what comes back:",
            ("neuron", "value of z", "share p", "target t", "gradient at z"),
            tuple(rows),
            named=True,
        ),
        Paragraph(
            "What to see. Each z reaches its own share through its exponential, and every share"
            " through the total; all these paths add up in its gradient, and what remains is"
            " just p − t, where the targets add up to 1. The gradients then add up to 0: shares"
            " must add up to 1, so raising one lowers the others."
        ),
    ]


INPUTS = {
    "x1": 0.2, "x2": -1.3, "x3": 2, "x4": 0.01, "w1": 0.001, "w2": 0.01, "w3": -0.005,
    "w4": -1.2, "z2": 0.5, "z3": -0.25, "t1": 1, "t2": 0, "t3": 0,
}  # fmt: skip

EXAMPLES = (
    Example(
        "neuron-softmax",
        "one weighted sum, then softmax over a layer",
        INPUTS,
        _neuron_softmax,
        "z1 = w1*x1 + w2*x2 + w3*x3 + w4*x4;"
        " e1 = exp(z1); e2 = exp(z2); e3 = exp(z3); total = e1 + e2 + e3;"
        " p1 = e1/total; p2 = e2/total; p3 = e3/total;"
        " loss = -(t1*log(p1) + t2*log(p2) + t3*log(p3))",
    ),
)
