"""The network of series: its formula, and what it sees."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.domains.series.network import SeriesNetwork
from chainrule.ops.losses import mse
from chainrule.train.steps.tracing import trace_training
from program.training import plan_training

MODELS = ("gru", "lstm", "rnn", "linear", "transformer")


def filled(network: SeriesNetwork) -> dict[str, Any]:
    """The network's parameters, none of which is zero."""
    rng = np.random.default_rng(0)
    values = {name: rng.normal(size=p.shape) for name, p in network.parameters().items()}
    network.load(values)
    return values


@pytest.mark.parametrize("model", ["gru", "lstm", "rnn"])
def test_sum_of_both_paths(model: str) -> None:
    network = SeriesNetwork(model, 5, 3, 2, hidden=4, seed=0)
    values = filled(network)
    x = np.random.default_rng(1).normal(size=(6, 5, 3))
    layer = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN}[model](3, 4, returns="last")
    prefix = "recurrent."
    layer.load({k[len(prefix) :]: v for k, v in values.items() if k.startswith(prefix)})
    linear = x.reshape(6, 15) @ values["linear.weight"].T + values["linear.bias"]
    expected = linear + layer(x).value @ values["out.weight"].T
    np.testing.assert_allclose(network(x).value, expected, rtol=1e-10)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("known", [0, 2])
def test_windows_do_not_depend_on_each_other(model: str, known: int) -> None:
    network = SeriesNetwork(model, 5, 3, 2, known, hidden=4, seed=0)
    filled(network)
    rng = np.random.default_rng(1)
    past, ahead = rng.normal(size=(6, 5, 3)), rng.normal(size=(6, 2, known))

    def out(rows: Any) -> Any:
        return network({"past": past[rows], "ahead": ahead[rows]} if known else past[rows]).value

    whole = out(slice(None))
    np.testing.assert_allclose(np.concatenate([out([i]) for i in range(6)]), whole, rtol=1e-10)
    if known:
        ahead[0, 1, 1] += 1.0
        changed = np.abs(out(slice(None)) - whole).max(axis=1) > 0
        assert changed.tolist() == [True] + [False] * 5


@pytest.mark.parametrize("model", MODELS)
def test_begins_as_nothing(model: str) -> None:
    x = np.random.default_rng(1).normal(size=(2, 5, 3))
    assert not SeriesNetwork(model, 5, 3, 2, hidden=6, seed=0)(x).value.any()


@pytest.mark.parametrize("model", ["gru", "lstm", "rnn", "linear"])
def test_steps_call_nothing_but_the_loop_over_time(model: str) -> None:
    network = SeriesNetwork(model, 5, 3, 2, hidden=8, seed=0)
    graph = trace_training(network, mse, cr.spec((4, 5, 3)), cr.spec((4, 2))).graph
    program = plan_training(network, graph)
    called = {i.primitive.name for i in program.instructions if i.op == "call" and i.primitive}
    assert called <= {"scan"}
