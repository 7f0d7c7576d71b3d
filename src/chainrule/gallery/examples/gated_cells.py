"""LSTM and GRU by hand: one unit over two steps of time, gate by gate."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from chainrule.autodiff import scan
from chainrule.explain import Explanation
from chainrule.gallery.blocks import Entry, Paragraph, Table
from chainrule.gallery.example import Example, Solution, gradients_by_name
from chainrule.gallery.request import Request
from chainrule.ops import Tensor, sigmoid, tanh
from chainrule.ops.tensor import variable

__all__ = ["EXAMPLES"]

LSTM_INPUTS = {
    "wa1": 0.45, "wa2": 0.25, "ua": 0.15, "ba": 0.2,
    "wi1": 0.95, "wi2": 0.8, "ui": 0.8, "bi": 0.65,
    "wf1": 0.7, "wf2": 0.45, "uf": 0.1, "bf": 0.15,
    "wo1": 0.6, "wo2": 0.4, "uo": 0.25, "bo": 0.1,
    "x11": 1, "x12": 2, "x21": 0.5, "x22": 3, "h0": 0, "c0": 0, "t1": 0.5, "t2": 1.25,
}  # fmt: skip
"""The numbers of Gomez, "Backpropogating an LSTM: A Numerical Example", 2016."""

GRU_INPUTS = {
    "wr": 0.6, "ur": 0.4, "br": 0.1,
    "wz": 0.5, "uz": -0.3, "bz": 0.2,
    "wn": 0.9, "un": 0.7, "bn": -0.1, "cn": 0.05,
    "x1": 1, "x2": -0.5, "h0": 0.25, "t": 0.5,
}  # fmt: skip

ACTIVATIONS = {"a": "tanh", "i": "sigmoid", "f": "sigmoid", "o": "sigmoid"}


def _lstm_step(t: int) -> str:
    gates = "; ".join(
        f"net_{gate}{t} = w{gate}1*x{t}1 + w{gate}2*x{t}2 + u{gate}*h{t - 1} + b{gate};"
        f" {gate}{t} = {activation}(net_{gate}{t})"
        for gate, activation in ACTIVATIONS.items()
    )
    return f"{gates}; c{t} = f{t}*c{t - 1} + i{t}*a{t}; h{t} = o{t}*tanh(c{t})"


def _gru_step(t: int) -> str:
    return (
        f"net_r{t} = wr*x{t} + ur*h{t - 1} + br; r{t} = sigmoid(net_r{t});"
        f" net_z{t} = wz*x{t} + uz*h{t - 1} + bz; z{t} = sigmoid(net_z{t});"
        f" m{t} = un*h{t - 1} + cn;"
        f" net_n{t} = wn*x{t} + bn + r{t}*m{t}; n{t} = tanh(net_n{t});"
        f" h{t} = (1 - z{t})*n{t} + z{t}*h{t - 1}"
    )


def _lstm_over_time(inputs: Mapping[str, float]) -> Tensor:
    """The loss of the LSTM, whose two steps are a recurrence."""
    known = _weights(inputs)

    def step(state: tuple[Tensor, Tensor], x: Tensor) -> tuple[tuple[Tensor, Tensor], Tensor]:
        h, c = state

        def gate(name: str, activation: Callable[[Tensor], Tensor]) -> Tensor:
            w1, w2, u, b = (known[p] for p in (f"w{name}1", f"w{name}2", f"u{name}", f"b{name}"))
            return activation((w1 * x[0] + w2 * x[1] + u * h + b).named(f"net_{name}")).named(name)

        a, i, f, o = gate("a", tanh), gate("i", sigmoid), gate("f", sigmoid), gate("o", sigmoid)
        c = (f * c + i * a).named("c")
        h = (o * tanh(c)).named("h")
        return (h, c), h

    xs = np.array([[inputs[f"x{t}{k}"] for k in (1, 2)] for t in (1, 2)])
    _, hs = scan(step, (inputs["h0"], inputs["c0"]), xs)
    errors = hs - np.array([inputs["t1"], inputs["t2"]])
    return (0.5 * (errors * errors).sum()).named("loss")


def _gru_over_time(inputs: Mapping[str, float]) -> Tensor:
    """The loss of the GRU, whose two steps are a recurrence."""
    k = _weights(inputs)

    def step(h: Tensor, x: Tensor) -> tuple[Tensor, None]:
        r = sigmoid((k["wr"] * x + k["ur"] * h + k["br"]).named("net_r")).named("r")
        z = sigmoid((k["wz"] * x + k["uz"] * h + k["bz"]).named("net_z")).named("z")
        m = (k["un"] * h + k["cn"]).named("m")
        n = tanh((k["wn"] * x + k["bn"] + r * m).named("net_n")).named("n")
        return ((1.0 - z) * n + z * h).named("h"), None

    last, _ = scan(step, inputs["h0"], np.array([inputs["x1"], inputs["x2"]]))
    return (0.5 * (last - inputs["t"]) ** 2).named("loss")


def _weights(inputs: Mapping[str, float]) -> dict[str, Tensor]:
    return {name: variable(value, name) for name, value in inputs.items() if _is_weight(name)}


def _is_weight(name: str) -> bool:
    return name[0] in "wub" or name == "cn"


def _parameters(request: Request) -> list[str]:
    return [name for name in request.inputs if _is_weight(name)]


def _gates(main: Explanation, gates: str) -> Table:
    """Each gate at each step: its value, the gradient there, its slope, and their product."""
    steps = {step.name: step for step in main.derivation.forward}
    gradients = gradients_by_name(main)
    rows: list[tuple[Entry, ...]] = []
    for name in (f"{gate}{t}" for t in (2, 1) for gate in gates):
        slope = steps[name].locals[0].value
        rows.append((name, steps[name].value, gradients[name], slope, gradients[f"net_{name}"]))
    return Table(
        "Every gate, from the last step back: its value, the gradient that reaches it, the slope of"
        " its activation, and their product, which all weights of the gate get times their inputs:",
        ("gate", "value", "gradient", "slope", "gradient at net"),
        tuple(rows),
        named=True,
    )


def _ways_back(main: Explanation, name: str) -> Table:
    """The ways back in time from one result, and what each brings."""
    (step,) = (step for step in main.derivation.backward if step.name == name)
    rows: list[tuple[Entry, ...]] = [
        (f"{part.via} → {name}", part.local.value, part.upstream, part.product)
        for part in step.contributions
    ]
    return Table(
        f"What comes back to {name}, by the way that it took:",
        ("way", "factor", "upstream", "product"),
        tuple(rows),
    )


def _lstm(request: Request) -> Solution:
    main = request.explain(wrt=["wi1"], parameters=_parameters(request), learning_rate=0.1)
    values = {step.name: step.value for step in main.derivation.forward}
    return main, [
        Paragraph(
            "One LSTM unit with two inputs, over two steps of time. The candidate a (a tanh) and"
            " three gates (sigmoids: input i, forget f, output o) each see the inputs and the last"
            " output h. The cell keeps f of what it held and takes in i of the candidate, c ="
            " f·c + i·a; the unit shows o of it, h = o·tanh(c). The loss is half the squared error"
            " of both steps. The numbers are those of Gomez's note of 2016."
        ),
        main,
        _gates(main, "oifa"),
        _ways_back(main, "c1"),
        Paragraph(
            "What to see. The cell is carried on by an addition: on the way from c2 to c1 the"
            " gradient is multiplied by the forget gate alone, f2 ="
            f" {request.brief(values['f2'], 3)}, by no weight and no slope. Over k steps that way"
            " has the product of k forget gates, which the network can learn to keep near 1: that"
            " is why an LSTM remembers. The other way, from h1 through the gates of the next step,"
            " has slopes and weights as in vanishing-in-time. The gradient at f1 is 0 where c0 is"
            " 0: there was nothing to forget."
        ),
    ]


def _gru(request: Request) -> Solution:
    main = request.explain(wrt=["uz"], parameters=_parameters(request))
    values = {step.name: step.value for step in main.derivation.forward}
    return main, [
        Paragraph(
            "One GRU unit over two steps of time. The reset gate r decides how much of its last"
            " output the candidate n sees, the update gate z how much of it stays: h = (1 − z)·n +"
            " z·h. The candidate's recurrent part m = un·h + cn is computed first and then"
            " multiplied by r, as libraries do; the article of 2014 multiplies h by r before the"
            " weight, which is the same for one unit without the bias cn."
        ),
        main,
        _gates(main, "znr"),
        _ways_back(main, "h1"),
        Paragraph(
            "What to see. h1 leads on by four ways: through both gates, through the candidate, and"
            f" directly, where the factor is z2 = {request.brief(values['z2'], 3)} alone. As with"
            " the forget gate of an LSTM, that direct way has no weight and no slope in it; a unit"
            " that keeps z near 1 carries its state, and the gradient, over many steps."
        ),
    ]


EXAMPLES = (
    Example(
        "lstm-by-hand",
        "one LSTM unit over two steps: every gate, every gradient",
        LSTM_INPUTS,
        _lstm,
        f"{_lstm_step(1)}; {_lstm_step(2)}; loss = 0.5*(h1 - t1)**2 + 0.5*(h2 - t2)**2",
        over_time=_lstm_over_time,
    ),
    Example(
        "gru-by-hand",
        "one GRU unit over two steps: every gate, every gradient",
        GRU_INPUTS,
        _gru,
        f"{_gru_step(1)}; {_gru_step(2)}; loss = 0.5*(h2 - t)**2",
        over_time=_gru_over_time,
    ),
)
