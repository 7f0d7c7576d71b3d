"""The adding problem: a number must be kept over many steps, and gradients must get back to it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.autodiff import grad, scan
from chainrule.gallery.blocks import Block, Paragraph, Plot, Series, Table
from chainrule.gallery.example import Example, Solution
from chainrule.gallery.request import Request
from chainrule.graph import Array
from chainrule.ops import Tensor
from chainrule.ops.tensor import variable

if TYPE_CHECKING:
    from chainrule.nn import Layer

__all__ = ["EXAMPLES", "adding_problem", "make_networks"]

LAGS = (20, 50, 100)
UNITS, RATE, BATCH, TESTED = 16, 0.01, 50, 500
LEARNT = 0.01
"""Below this mean squared error, a network knows both numbers."""

NETWORKS = ("RNN", "LSTM", "attention")


def adding_problem(rows: int, lag: int, seed: int) -> tuple[Array, Array]:
    """Sequences (rows, lag + 1, 2) of a random number and a mark, and sums (rows, 1).

    The first and the last number of a sequence are marked: their sum is the answer.

    >>> x, y = adding_problem(3, 20, seed=0)
    >>> x.shape, x[0, :, 1].sum(), bool(y[0, 0] == x[0, 0, 0] + x[0, 20, 0])
    ((3, 21, 2), np.float32(2.0), True)

    Hochreiter and Schmidhuber, "Long short-term memory", 1997.
    """
    x = np.zeros((rows, lag + 1, 2), np.float32)
    x[..., 0] = np.random.default_rng(seed).uniform(size=(rows, lag + 1))
    x[:, (0, -1), 1] = 1.0
    return x, x[:, (0, -1), 0].sum(1, keepdims=True)


def make_networks(lag: int, seed: int) -> dict[str, Layer]:
    """An untrained network of each kind, which maps sequences (B, T, 2) to (B, 1).

    The gates of the LSTM start as in Tallec and Ollivier, "Can recurrent neural networks warp
    time?", 2018: the forget gate keeps a number for about `lag` steps, the input gate is as closed.
    """
    from chainrule import nn

    given: dict[str, Any] = {"seed": seed, "dtype": np.float32}
    lstm = nn.LSTM(2, UNITS, returns="last", forget_bias=math.log(lag), **given)
    biases = np.array(lstm.parameters()["bias_ih_l0"].value)
    biases[:UNITS] = -math.log(lag)
    lstm.load({name: p.value for name, p in lstm.parameters().items()} | {"bias_ih_l0": biases})

    @nn.function(attend=nn.MultiHeadAttention(UNITS, 2, **given))
    def last_asks(h: Tensor, attend: Layer) -> Tensor:
        found: Tensor = attend({"x": h[..., -1:, :], "memory": h})
        return found[..., 0, :]

    first = {
        "RNN": [nn.RNN(2, UNITS, returns="last", **given)],
        "LSTM": [lstm],
        "attention": [nn.Linear(2, UNITS, **given), last_asks],
    }
    return {
        name: nn.Sequential(*layers, nn.Linear(UNITS, 1, **given)) for name, layers in first.items()
    }


def _norms_by_lag(network: Layer, x: Array) -> list[float]:
    """The mean norm of the gradient of the output at the input of each step, the last one first."""

    def output(inputs: Tensor) -> Tensor:
        found: Tensor = network(inputs)
        return found.sum()

    gradient: Array = grad(output)(x)
    norms: Array = np.linalg.norm(gradient.astype(np.float64), axis=-1).mean(0)
    return [float(norm) for norm in reversed(norms.tolist())]


def _trained(request: Request) -> tuple[dict[tuple[str, int], float], dict[str, list[list[float]]]]:
    """The errors by network and lag; for the longest lag, norms before and after training."""
    from chainrule.train.loop.fit import fit

    seed = request.integer("seed", 0, 10**6)
    rows, epochs = request.integer("rows", BATCH, 10**5), request.integer("epochs", 1, 1000)
    rate = RATE if request.learning_rate is None else request.learning_rate
    errors: dict[tuple[str, int], float] = {}
    norms: dict[str, list[list[float]]] = {name: [] for name in NETWORKS}
    for lag in LAGS:
        data, (x, y) = adding_problem(rows, lag, seed), adding_problem(TESTED, lag, seed + 1)
        for name, network in make_networks(lag, seed).items():
            if lag == LAGS[-1]:
                norms[name].append(_norms_by_lag(network, x[:32]))
            fit(
                network,
                data,
                loss="mse",
                epochs=epochs,
                batch_size=BATCH,
                learning_rate=rate,
                seed=seed,
                engine=request.engine,
            )
            outputs: Array = network(x).value
            errors[name, lag] = float(((outputs - y) ** 2).mean())
            if lag == LAGS[-1]:
                norms[name].append(_norms_by_lag(network, x[:32]))
    return errors, norms


def _story(request: Request) -> Solution:
    values = {name: request.inputs[name] for name in ("x1", "x4", "c0", "f", "y")}
    main = request.explain(request.record(values=values), wrt=["f"], parameters=["f"])
    f = request.inputs["f"]
    errors, norms = _trained(request)
    last, shown = LAGS[-1], (0, 1, 10, 20, 50, 100)
    blocks: list[Block] = [
        Paragraph(
            "A network reads numbers one by one. The first and the last are marked, and it shall"
            " return their sum: it must keep the first over all that comes between. The smallest"
            " one that can do it is a cell that keeps f of what it holds, c = f·c + x. Over three"
            " steps:"
        ),
        main,
        Paragraph(
            f"What is left of x1 at the end is f·f·f = {request.brief(f**3, 3)} of it, and as much"
            f" of the gradient gets back to x1. Over {last} steps it is f to the power {last}:"
            f" {request.brief(0.9**last, 2)} for f = {request.constant(0.9)},"
            f" {request.brief(0.99**last, 2)} for {request.constant(0.99)}."
            " A network that forgets a little at each step learns nothing about what it should"
            " have kept."
        ),
        Table(
            f"Three networks of {UNITS} units, trained in the same way. Mean squared errors on"
            f" {TESTED} new sequences, by the number of steps between the two numbers. Who always"
            f" says 1 has {request.brief(1 / 6, 3)}, who knows only the last number"
            f" {request.brief(1 / 12, 3)}:",
            ("network", *(f"lag {lag}" for lag in LAGS)),
            tuple((name, *(round(errors[name, lag], 5) for lag in LAGS)) for name in NETWORKS),
        ),
        Paragraph(_verdict(errors)),
        Table(
            f"Why: the norm of the gradient of the output at the input so many steps before the"
            f" last, as a share of that at the last, for lag {last}, before training and after:",
            ("network", *(f"lag {lag}" for lag in shown)),
            tuple(
                (f"{name} {when}", *(round(series[lag] / (series[0] or 1.0), 4) for lag in shown))
                for name in NETWORKS
                for when, series in zip(("before", "after"), norms[name], strict=True)
            ),
        ),
        Plot(
            "The gradient's norm by lag, before training",
            "lag",
            "log10 of the share",
            tuple(
                Series(
                    name,
                    tuple(map(float, range(last + 1))),
                    tuple(math.log10(max(norm / before[0], 1e-30)) for norm in before),
                )
                for name in NETWORKS
                for before in norms[name][:1]
            ),
        ),
        Paragraph(
            "The gradient of the RNN shrinks at every step, as in vanishing-in-time: the first"
            " number has hardly a share in any update. The forget gates of the LSTM start near"
            f" 1 (their bias is the logarithm of the lag, {request.brief(math.log(last), 3)} for"
            f" {last}), its input gates near 0, so that the cell is carried on nearly as it is, and"
            " gates learn what to let in: the mark. Attention sees every step directly; its"
            " gradient does not depend on the lag at all. A network that has learnt to add has"
            " large gradients at both marked numbers, and small ones between."
        ),
    ]
    return main, blocks


def _verdict(errors: Mapping[tuple[str, int], float]) -> str:
    """Which networks have learnt to add, up to which lag."""
    said: list[str] = []
    for name in NETWORKS:
        learnt = [lag for lag in LAGS if errors[name, lag] < LEARNT]
        which = "every lag" if len(learnt) == len(LAGS) else _joined(learnt)
        said.append(f"{'The ' * (name != 'attention')}{name} has learnt {which}.")
    return " ".join(one[0].upper() + one[1:] for one in said)


def _joined(lags: list[int]) -> str:
    if not lags:
        return "none of the lags"
    return f"lag {' and '.join(map(str, lags))} only"


def _over_time(inputs: Mapping[str, float]) -> Tensor:
    """The cell over its four steps as a recurrence."""
    f = variable(inputs["f"], "f")

    def step(c: Tensor, x: Tensor) -> tuple[Tensor, None]:
        return (f * c + x).named("c"), None

    last, _ = scan(step, inputs["c0"], np.array([inputs["x1"], 0.0, 0.0, inputs["x4"]]))
    return (0.5 * (last - inputs["y"]) ** 2).named("loss")


EXAMPLES = (
    Example(
        "long-memory",
        "adding two numbers 100 steps apart: RNN, LSTM, attention",
        {
            "x1": 0.6,
            "x4": 0.5,
            "c0": 0,
            "f": 0.9,
            "y": 1.1,
            "seed": 1,
            "rows": 4000,
            "epochs": 30,
        },
        _story,
        "c1 = f*c0 + x1; c2 = f*c1; c3 = f*c2; c4 = f*c3 + x4; loss = 0.5*(c4 - y)**2",
        trains=True,
        over_time=_over_time,
    ),
)
