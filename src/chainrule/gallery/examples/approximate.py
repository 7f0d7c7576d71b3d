"""Universal approximation: a wide enough hidden layer approximates any continuous function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import final

import numpy as np

import chainrule.ops as ops
from chainrule.errors import OptionError
from chainrule.gallery.blocks import Entry, Paragraph, Plot, Series, Table
from chainrule.gallery.example import Example, Solution
from chainrule.gallery.gradient_descent import loss_and_gradients
from chainrule.gallery.quasi_newton import lbfgs
from chainrule.gallery.request import Request
from chainrule.graph import Array
from chainrule.ops import Tensor
from chainrule.ops.tensor import constant

__all__ = ["EXAMPLES", "FUNCTIONS", "Net", "falls_below", "trained_networks"]

WIDTHS = (1, 2, 4, 8, 16)

TRAINED_ON, MEASURED_ON = 201, 2001
"""The error is measured at ten times as many points of the interval as are trained on."""

ITERATIONS = 300

PARAMETERS = ["a1", "b1", "c1", "a2", "b2", "c2", "d"]


def _smooth_step(x: Array) -> Array:
    """0 below −0.2, 1 above 0.2, and the cubic 3t² − 2t³ between."""
    t = np.clip((x + 0.2) / 0.4, 0, 1)
    return t * t * (3 - 2 * t)


FUNCTIONS: dict[str, tuple[Callable[[Array], Array], float, float]] = {
    "sin": (np.sin, -np.pi, np.pi),
    "|x|": (np.abs, -1.0, 1.0),
    "smoothed step": (_smooth_step, -1.0, 1.0),
}
"""The functions to approximate, with the ends of their intervals."""


@final
@dataclass(frozen=True)
class Net:
    """g(x) = Σ c·σ(a·x + b) + d, one hidden layer: a, b, c (H,), d ()."""

    a: Array
    b: Array
    c: Array
    d: Array

    def __call__(self, x: Array) -> Array:
        return _network(x, *map(constant, self.parameters)).value

    @property
    def parameters(self) -> tuple[Array, ...]:
        """a, b, c and d."""
        return self.a, self.b, self.c, self.d

    def wider(self, width: int, x: Array, error: Array) -> Net:
        """The same function with new neurons, whose centres divide the error into equal shares."""
        more = width - self.a.size
        share = np.cumsum(np.abs(error)) / np.abs(error).sum()
        centres = np.interp((np.arange(more) + 0.5) / more, share, x)
        steep = np.full(more, (4.0 * width + 4) / (x[-1] - x[0]))
        return Net(
            np.append(self.a, steep),
            np.append(self.b, -steep * centres),
            np.append(self.c, np.zeros(more)),
            self.d,
        )


def _network(x: Array, a: Tensor, b: Tensor, c: Tensor, d: Tensor) -> Tensor:
    return (ops.sigmoid(x[:, None] * a + b) * c).sum(axis=1) + d


def trained_networks(name: str, engine: str = "compiled") -> list[Net]:
    """Train a network of every width, each starting from the narrower one.

    L-BFGS minimises the mean squared error, whose gradients are recorded like any others.  Its line
    search amplifies rounding errors; the "reference" engine gives the same digits on any machine.
    """
    f, low, high = FUNCTIONS[name]
    x = np.linspace(low, high, TRAINED_ON)
    y = f(x)
    empty = np.zeros(0)
    nets: list[Net] = []
    net = Net(empty, empty, empty, np.zeros(()))
    for width in WIDTHS:
        net = _trained(net.wider(width, x, net(x) - y), x, y, engine)
        nets.append(net)
    return nets


def _trained(net: Net, x: Array, y: Array, engine: str) -> Net:
    def loss(*parameters: Tensor) -> Tensor:
        return ((_network(x, *parameters) - y) ** 2).mean()

    evaluate = loss_and_gradients(loss, net.parameters, engine)
    ends = np.cumsum([part.size for part in net.parameters])[:-1]

    def parts(flat: Array) -> list[Array]:
        *arrays, last = np.split(flat, ends)
        return [*arrays, last.reshape(())]

    def evaluate_flat(flat: Array) -> tuple[float, Array]:
        value, gradients = evaluate(parts(flat))
        return value, np.concatenate([gradient.ravel() for gradient in gradients])

    start = np.concatenate([part.ravel() for part in net.parameters])
    return Net(*parts(lbfgs(evaluate_flat, start, ITERATIONS)))


def largest_error(name: str, net: Net) -> float:
    """max |f − g| over the interval, on many more points than in training."""
    f, low, high = FUNCTIONS[name]
    x = np.linspace(low, high, MEASURED_ON)
    return float(np.abs(net(x) - f(x)).max())


def _approximate(request: Request) -> Solution:
    epsilon = request.inputs["epsilon"]
    if epsilon <= 0:
        raise OptionError("epsilon", expected="a positive number", got=f"{epsilon:g}")
    nets = {name: trained_networks(name, request.engine) for name in FUNCTIONS}
    errors = {name: [largest_error(name, net) for net in nets[name]] for name in FUNCTIONS}
    main = request.explain(_at_a_point(request, nets["sin"][1]), wrt=["a1"], parameters=PARAMETERS)
    rows: list[tuple[Entry, ...]] = [
        (width, *(errors[name][i] for name in FUNCTIONS)) for i, width in enumerate(WIDTHS)
    ]
    return main, [
        Paragraph(
            "A layer of sigmoids and one weighted sum on top: g(x) = Σ c·σ(a·x + b) + d. Each"
            " sigmoid is a soft step at a place of its own, of its own steepness and height,"
            " and a sum of enough steps follows any continuous curve: for every ε there is a"
            " width from which on |f − g| < ε on the whole interval. Here the networks are"
            " trained, by gradients recorded as any others; each width starts from the narrower"
            " one, with the new neurons placed where the error is."
        ),
        Table(
            f"Width against the largest error |f − g|, measured at {MEASURED_ON} points:",
            ("width", *FUNCTIONS),
            tuple(rows),
        ),
        Paragraph(falls_below(epsilon, request.write(epsilon), errors)),
        Paragraph(_rises(errors)),
        Plot(
            "The largest error over the width of the layer",
            "width",
            "largest |f − g|",
            tuple(
                Series(name, tuple(map(float, WIDTHS)), tuple(errors[name])) for name in FUNCTIONS
            ),
            logarithmic=True,
        ),
        _curves("|x|", nets["|x|"]),
        Paragraph(
            "A corner, such as that of |x|, needs ever steeper steps. That such a network exists"
            " says nothing of finding it: training may stop short of it. The network of two"
            " neurons for sin, at one point:"
        ),
        main,
    ]


def falls_below(epsilon: float, written: str, errors: dict[str, list[float]]) -> str:
    """By which width the largest error of each curve is below ε.

    >>> falls_below(0.1, "0.1", {"a": [0.2, 0.05], "b": [0.3, 0.2]})
    'The error falls below ε = 0.1 for a by width 2; for b it does not up to width 16.'
    """
    found = {
        name: next((w for w, e in zip(WIDTHS, of, strict=False) if e < epsilon), None)
        for name, of in errors.items()
    }
    reached = [f"for {name} by width {width}" for name, width in found.items() if width]
    never = " and ".join(name for name, width in found.items() if not width)
    if not reached:
        return f"The error does not fall below ε = {written} up to width {WIDTHS[-1]}."
    rest = f"; for {never} it does not up to width {WIDTHS[-1]}" if never else ""
    return f"The error falls below ε = {written} {', '.join(reached)}{rest}."


def _rises(errors: dict[str, list[float]]) -> str:
    """Where the largest error falls from each width to the next, and where it does not."""
    rises = [
        f"for {name} from width {WIDTHS[i]} to {WIDTHS[i + 1]}"
        for name, found in errors.items()
        for i, (error, after) in enumerate(pairwise(found))
        if after >= error
    ]
    last = {name: found[-1] for name, found in errors.items()}
    worst = max(last, key=last.__getitem__)
    whole = "It falls from each width to the next"
    if rises:
        whole = f"{whole} but {' and '.join(rises)}, where it does not: training lowers the mean of"
        whole += " the squared errors, not the largest one"
    return f"{whole}. At width {WIDTHS[-1]} it is largest for {worst}."


def _curves(name: str, nets: Sequence[Net]) -> Plot:
    f, low, high = FUNCTIONS[name]
    x = np.linspace(low, high, 61)
    shown = {f"f(x) = {name}": f(x)}
    shown |= {f"width {WIDTHS[i]}": nets[i](x) for i in (0, 1)}
    return Plot(
        f"{name} and networks of {WIDTHS[0]} and {WIDTHS[1]} neurons",
        "x",
        "f and g",
        tuple(
            Series(label, tuple(map(float, x)), tuple(map(float, y))) for label, y in shown.items()
        ),
    )


def _at_a_point(request: Request, net: Net) -> Tensor:
    values = {"x": request.inputs["x"]}
    for i in (0, 1):
        values |= {f"{n}{i + 1}": float(p[i]) for n, p in zip("abc", net.parameters, strict=False)}
    return request.record(values={**values, "d": float(net.d)})


EXAMPLES = (
    Example(
        "approximate",
        "a wide enough hidden layer follows any continuous curve",
        {"epsilon": 0.02, "x": 1},
        _approximate,
        "z1 = a1*x + b1; z2 = a2*x + b2; h1 = sigmoid(z1); h2 = sigmoid(z2);"
        " g = c1*h1 + c2*h2 + d; f = sin(x); loss = (g - f)**2",
        trains=True,
    ),
)
