"""Derivations of many kinds, for tests that hold for all of them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

import chainrule as cr
from chainrule.explain import Explanation, explain, read
from chainrule.ops.losses import cross_entropy

NETWORK = """
net_h1 = w1*i1 + w2*i2 + b1; net_h2 = w3*i1 + w4*i2 + b1
out_h1 = sigmoid(net_h1); out_h2 = sigmoid(net_h2)
net_o1 = w5*out_h1 + w6*out_h2 + b2; net_o2 = w7*out_h1 + w8*out_h2 + b2
out_o1 = sigmoid(net_o1); out_o2 = sigmoid(net_o2)
E_o1 = 0.5*(t1 - out_o1)^2; E_o2 = 0.5*(t2 - out_o2)^2
E_total = E_o1 + E_o2
"""

NETWORK_AT = {f"w{i}": 0.1 + 0.05 * i for i in range(1, 9)} | {
    "b1": 0.35,
    "b2": 0.6,
    "i1": 0.05,
    "i2": 0.1,
    "t1": 0.01,
    "t2": 0.99,
}


def add_multiply() -> Explanation:
    """The first example of every course."""
    return explain(read("q = x + y; f = q * z", {"x": -2, "y": 5, "z": -4}), learning_rate=0.5)


def sigmoid_circuit() -> Explanation:
    """Eight elementary gates."""
    at = {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3}
    return explain(read("f = 1/(1+e^-(w0*x0 + w1*x1 + w2))", at), wrt=["w0", "x1"])


def tie() -> Explanation:
    """A note on a choice, and choices below each other."""
    return explain(read("f = 2*(x*y + max(z, w))", {"x": 3, "y": -4, "z": 2, "w": 2}))


def gates() -> Explanation:
    """Two hidden and two output neurons, every operation a step."""
    return explain(read(NETWORK, NETWORK_AT), learning_rate=0.5, digits=9, title="Two, two & two")


def names() -> Explanation:
    """The same, every neuron a step or two."""
    output = read(NETWORK, NETWORK_AT, intermediates=False)
    return explain(output, learning_rate=0.5, digits=9, steps="names")


def tiny_numbers() -> Explanation:
    """Powers of ten, large and small."""
    return explain(read("f = a*b + a/c", {"a": 3e-7, "b": 2e13, "c": 4e5}), learning_rate=1e-9)


def long_names() -> Explanation:
    """Names that leave no room for formulas."""
    a, b, c = (
        f"a_rather_long_name_for_the_{n}_parameter_of_it" for n in ("first", "second", "3rd")
    )
    return explain(read(f"total_error_of_everything = ({a}*{b} + {c})*{a}", {a: 2, b: 3, c: 4}))


def endless_name() -> Explanation:
    """A name longer than a line."""
    name = "endless" * 14
    return explain(read(f"f = {name} * x + {name}", {name: 2, "x": 3}), learning_rate=0.1)


def long_sum() -> Explanation:
    """A sum with more terms than a line has room for."""
    output = sum(cr.variable(i / 7, f"weight_{i}") * (i - 9.5) for i in range(20)).named("f")
    return explain(output, wrt="weight_3", steps="names", learning_rate=0.1)


def strange_names() -> Explanation:
    """What every renderer has to escape."""
    x = cr.variable(2.0, "<script>alert(1)</script>")
    y = cr.variable(-3.0, r"w_{%$#&~^\ö}é日本" + '"')
    z = cr.variable([[1.0, 2.0], [3.0, 4.0]], "layers.0.weight")
    theta = cr.variable(0.5, "theta_1")
    f = ((x * y).named("a b") * z.sum().named("Σz") - theta**2).named("∂f")
    return explain(f, learning_rate=0.1, title="50 % of <b>αβ</b>_{x} & 100 $ …")


def softmax() -> Explanation:
    """Fractions of sums of powers."""
    z = cr.variable([0.5, -1.0, 2.0], "z")
    p = cr.softmax(z).named("p")
    return explain((-cr.log(p[1])).named("loss"), steps="names")


def functions() -> Explanation:
    """One of every notation."""
    text = "f = sqrt(abs(x)) + tanh(x)/x - relu(x)*gelu(y) + ln(y^2) + min(x, y)^3 + leaky_relu(x)"
    return explain(read(text, {"x": -1.3, "y": 0.7}))


def dead() -> Explanation:
    """A leaf that nothing comes back to."""
    return explain(read("f = relu(x) * y", {"x": -1, "y": 2}), learning_rate=1)


def network(
    widths: tuple[int, ...] = (64, 128, 64, 10), wrt: str = "w1[4, 5]", seed: int = 1
) -> Explanation:
    """One weight of a network of arrays."""
    random = np.random.default_rng(seed)
    x = random.normal(size=widths[0])
    for i, (before, after) in enumerate(pairwise(widths), start=1):
        w = cr.variable(random.normal(size=(after, before)) / before**0.5, f"w{i}")
        b = cr.variable(random.normal(size=after) / 10, f"b{i}")
        x = (w @ x + b).named(f"z{i}")
        if i < len(widths) - 1:
            x = cr.relu(x).named(f"a{i}")
    return explain(cross_entropy(x, 3).named("loss"), wrt=wrt, learning_rate=0.1)


STORIES: dict[str, Callable[[], Explanation]] = {
    story.__name__: story
    for story in (
        add_multiply,
        sigmoid_circuit,
        tie,
        gates,
        names,
        tiny_numbers,
        long_names,
        endless_name,
        long_sum,
        strange_names,
        softmax,
        functions,
        dead,
        network,
    )
}
