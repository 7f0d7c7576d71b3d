"""The 2-2-2 and the 2-2-1 network of many textbooks, neuron by neuron and as layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from chainrule.explain import Explanation
from chainrule.gallery.blocks import Block, Entry, Paragraph, Table, sentences
from chainrule.gallery.example import Example, Solution, gradients_by_name
from chainrule.gallery.request import Request
from chainrule.ops import Tensor

__all__ = ["EXAMPLES", "layered"]

HIDDEN = """
{0}_h1 = w1*{2}1 + w2*{2}2 + b1
{0}_h2 = w3*{2}1 + w4*{2}2 + b1
{1}_h1 = sigmoid({0}_h1)
{1}_h2 = sigmoid({0}_h2)
"""

TWO_TWO_TWO = f"""
{HIDDEN.format("net", "out", "i").strip()}
net_o1 = w5*out_h1 + w6*out_h2 + b2
net_o2 = w7*out_h1 + w8*out_h2 + b2
out_o1 = sigmoid(net_o1)
out_o2 = sigmoid(net_o2)
E_o1 = 0.5*(t1 - out_o1)**2
E_o2 = 0.5*(t2 - out_o2)**2
E_total = E_o1 + E_o2
""".strip()

TWO_TWO_ONE = f"""
{HIDDEN.format("z", "a", "x").strip()}
z_out = w5*a_h1 + w6*a_h2 + b2
y_hat = sigmoid(z_out)
loss = 0.5*(y - y_hat)**2
""".strip()

WEIGHTS = [f"w{i}" for i in range(1, 9)]


class Layered(NamedTuple):
    """A network as layers: its loss, and the parameter and index for each scalar name."""

    loss: Tensor
    entries: dict[str, tuple[str, tuple[int, ...]]]


def layered(inputs: Mapping[str, float]) -> Layered:
    """Build the network of these scalars as an `nn` model with one shared bias per layer.

    It has two outputs if there is a w8, else one.

    >>> layered(TWO_TWO_ONE_INPUTS).loss.name
    'loss'
    """
    from chainrule.nn import Linear, Sequential, Sigmoid  # not loaded for the scalar networks

    two = "w8" in inputs
    names = [["w1", "w2"], ["w3", "w4"]], [["w5", "w6"], ["w7", "w8"]][: 2 if two else 1]
    first, second = ([[inputs[name] for name in row] for row in rows] for rows in names)
    model = Sequential(
        Linear.of(first, [inputs["b1"]]), Sigmoid(), Linear.of(second, [inputs["b2"]]), Sigmoid()
    )
    x, target = (["i1", "i2"], ["t1", "t2"]) if two else (["x1", "x2"], ["y"])
    output = model([inputs[name] for name in x])
    error = ([inputs[name] for name in target] - output) ** 2
    loss = (0.5 * error).sum().named("E_total" if two else "loss")
    entries: dict[str, tuple[str, tuple[int, ...]]] = {
        "b1": ("layers.0.bias", (0,)),
        "b2": ("layers.2.bias", (0,)),
    }
    for layer, rows in zip((0, 2), names, strict=True):
        for i, row in enumerate(rows):
            entries |= {name: (f"layers.{layer}.weight", (i, j)) for j, name in enumerate(row)}
    return Layered(loss, dict(sorted(entries.items(), key=lambda item: (item[0][0] != "w", item))))


def compared_with_layers(main: Explanation, request: Request) -> list[Block]:
    """A table of the gradients by scalar names and by layers, and a sentence on their agreement."""
    loss, entries = layered(request.inputs)
    gradients = loss.gradients()
    scalars = gradients_by_name(main)
    rows: list[tuple[str, str, float, float]] = []
    for name, (parameter, index) in entries.items():
        entry = f"{parameter}[{', '.join(map(str, index))}]"
        value = float(gradients[parameter].value[index])
        rows.append((name, entry, scalars[name], value))
    difference = max(abs(by_hand - by_layers) for _, _, by_hand, by_layers in rows)
    agreement = (
        f"differ by at most {request.write.bound(difference)}"
        if difference
        else "agree to the last bit"
    )
    return [
        Table(
            "The same network as a model of two layers with one shared bias each,"
            " Sequential(Linear, Sigmoid, Linear, Sigmoid), and its gradients:",
            ("name", "entry of the model", "by hand", "by layers"),
            tuple(rows),
            named=True,
        ),
        Paragraph(
            f"{main.derivation.output} is {request.write(main.derivation.value)} by hand and"
            f" {request.write(loss.item())} by layers, and the gradients {agreement}. A layer is"
            " the same neurons written as one matrix."
        ),
    ]


def _two_two_two(request: Request) -> Solution:
    main = request.explain(
        wrt=["w5", "w1"],
        learning_rate=0.5,
        parameters=[*WEIGHTS, "b1", "b2"],
    )
    return main, [
        Paragraph(
            "Two inputs, two hidden neurons, two output neurons; net is a neuron's weighted"
            " sum, out what its sigmoid makes of it. The two neurons of a layer share one bias."
            " The error is half the squared distance from the targets t1 and t2, summed over"
            " the outputs."
        ),
        main,
        sentences(
            (
                "w5",
                "w5 reaches the error by one path, and its gradient is one product: slope of the"
                " error, slope of the sigmoid, value of the hidden neuron.",
            ),
            (
                "w1",
                "w1 acts on both outputs, so two paths lead back to it and their products are"
                " added; the sum is made at out_h1, the fork.",
            ),
            ("b2", "The shared bias b2 is a fork too: it collects from both outputs."),
            (
                " ".join([*WEIGHTS, "b1", "b2"]),
                "In the update a positive slope lowers a weight, a negative slope raises it, a"
                " slope of zero leaves it.",
            ),
            before="What to see.",
        ),
        *compared_with_layers(main, request),
    ]


def _two_two_one(request: Request) -> Solution:
    rates = (0.0001, 1.0) if request.learning_rate is None else (request.learning_rate,)
    parameters = [name for name in request.inputs if name[0] in "wb"]
    main = request.explain(wrt=["w5", "w1", "b1"], learning_rate=rates[0], parameters=parameters)
    gradients = gradients_by_name(main)
    through_h1, through_h2, total = (
        request.write(gradients[name]) for name in ("z_h1", "z_h2", "b1")
    )
    blocks: list[Block] = [
        Paragraph(
            "Two inputs, two hidden neurons that share the bias b1, one output neuron with the bias"
            " b2; z is a weighted sum, a the sigmoid of it, and the loss half the squared error."
        ),
        main,
        sentences(
            (
                "b1",
                "b1 is added in both hidden neurons, so its gradient is a sum:"
                f" {through_h1} comes through h1 and {through_h2} through h2, together {total}. The"
                " local gradient of a sum with respect to a bias is 1, so what comes through a"
                " neuron is just the gradient at its weighted sum.",
            ),
            before="What to see.",
        ),
    ]
    if len(rates) > 1:
        blocks += _rates(parameters, request, gradients, rates)
    return main, [*blocks, *compared_with_layers(main, request)]


def _rates(
    parameters: Sequence[str],
    request: Request,
    gradients: Mapping[str, float],
    rates: Sequence[float],
) -> list[Block]:
    small, large = map(request.write, rates)
    rows: list[tuple[Entry, ...]] = []
    for name in parameters:
        old, slope = request.inputs[name], gradients[name]
        steps = (request.by_hand(rate * slope) for rate in rates)
        rows.append((name, old, slope, *(request.by_hand(old - step) for step in steps)))
    steepest = max(abs(gradients[name]) for name in parameters)
    return [
        Table(
            f"One update with the learning rates {small} and {large}:",
            ("name", "old", "gradient", *(f"new, rate {rate}" for rate in (small, large))),
            tuple(rows),
            named=True,
        ),
        Paragraph(
            f"The direction is the same, the lengths of the steps are as {small} to {large}: the"
            f" largest of them is {request.brief(rates[0] * steepest, 3)} with the first rate and"
            f" {request.brief(rates[1] * steepest, 3)} with the second. The slope is only known at"
            " the old values, so a step can be too long: a larger rate is not always a faster way"
            " down."
        ),
    ]


def _by_layers(request: Request) -> Solution:
    loss, entries = layered(request.inputs)
    parameters = list(dict.fromkeys(parameter for parameter, _ in entries.values()))
    main = request.explain(
        loss,
        wrt=["layers.2.weight[0, 0]", "layers.0.weight[0, 0]"],
        learning_rate=0.5 if "w8" in request.inputs else 1.0,
        parameters=parameters,
    )
    rows = [
        (f"{parameter}[{', '.join(map(str, i))}]", name) for name, (parameter, i) in entries.items()
    ]
    return main, [
        Paragraph(
            "Sequential(Linear, Sigmoid, Linear, Sigmoid), each Linear with one bias shared by its"
            " neurons. z1 and a1 are the hidden layer before and after the sigmoid, z2 and a2 the"
            " output layer. Every entry of a weight matrix is a parameter like any other."
        ),
        Table("Which entry is which weight of the drawing:", ("entry", "name"), tuple(rows)),
        main,
    ]


TWO_TWO_TWO_INPUTS = {
    "i1": 0.05, "i2": 0.10, "w1": 0.15, "w2": 0.20, "w3": 0.25, "w4": 0.30, "w5": 0.40, "w6": 0.45,
    "w7": 0.50, "w8": 0.55, "b1": 0.35, "b2": 0.60, "t1": 0.01, "t2": 0.99,
}  # fmt: skip

TWO_TWO_ONE_INPUTS = {
    "x1": 0.05, "x2": 0.10, "w1": 0.15, "w2": 0.20, "w3": 0.25, "w4": 0.30, "w5": 0.40, "w6": 0.45,
    "b1": 0.35, "b2": 0.60, "y": 0.01,
}  # fmt: skip

EXAMPLES = (
    Example(
        "two-two-two",
        "a 2-2-2 network: every gradient and one update",
        TWO_TWO_TWO_INPUTS,
        _two_two_two,
        TWO_TWO_TWO,
        digits=9,
    ),
    Example(
        "two-two-two-nn",
        "the 2-2-2 network as a model of two layers, entry by entry",
        TWO_TWO_TWO_INPUTS,
        _by_layers,
        digits=9,
    ),
    Example(
        "two-two-one",
        "a 2-2-1 network: shared biases and two learning rates",
        TWO_TWO_ONE_INPUTS,
        _two_two_one,
        TWO_TWO_ONE,
        digits=9,
    ),
    Example(
        "two-two-one-nn",
        "the 2-2-1 network as a model of two layers, entry by entry",
        TWO_TWO_ONE_INPUTS,
        _by_layers,
        digits=9,
    ),
)
