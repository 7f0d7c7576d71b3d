"""Recurrent networks as plain NumPy loops over samples and steps, written from the equations."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule import nn
from chainrule.graph import Array

__all__ = ["KINDS", "expected", "make"]

KINDS = {
    "rnn": (nn.RNN, {}),
    "rnn, relu": (nn.RNN, {"activation": "relu"}),
    "lstm": (nn.LSTM, {}),
    "gru": (nn.GRU, {}),
}


def make(kind: str, *args: Any, **options: Any) -> Any:
    """A layer with random parameters, biases included."""
    cls, chosen = KINDS[kind]
    layer = cls(*args, **chosen, **options)
    rng = np.random.default_rng(7)
    layer.load({name: rng.normal(size=p.shape) * 0.5 for name, p in layer.parameters().items()})
    return layer


def sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def step(kind: str, x: Array, state: list[Array], w: Array, u: Array, b: Array, c: Array):
    """One step of one sample: x (D,), state [h] or [h, c] of (H,)."""
    h, wx, uh = state[0], w @ x + b, u @ state[0] + c
    if kind == "rnn":
        return [np.tanh(wx + uh)]
    if kind == "rnn, relu":
        return [np.maximum(wx + uh, 0)]
    if kind == "lstm":
        i, f, g, o = np.split(wx + uh, 4)
        cell = sigmoid(f) * state[1] + sigmoid(i) * np.tanh(g)
        return [sigmoid(o) * np.tanh(cell), cell]
    (xr, xz, xn), (hr, hz, hn) = np.split(wx, 3), np.split(uh, 3)
    r, z = sigmoid(xr + hr), sigmoid(xz + hz)
    return [(1 - z) * np.tanh(xn + r * hn) + z * h]


def expected(kind: str, layer: Any, x: Array, starts: Any = None, counts: Array | None = None):
    """All outputs (B, T, H·directions), and the last state of each layer and direction.

    starts   for each layer and direction [h] or [h, c], of (B, H)
    counts   (B, T), whether a step counts
    """
    parts = 2 if kind == "lstm" else 1
    directions = 1 + layer.bidirectional
    samples, steps, _ = x.shape
    if starts is None:
        zero = np.zeros((samples, layer.hidden))
        starts = [[zero] * parts] * (layer.layers * directions)
    counts = np.ones((samples, steps), bool) if counts is None else counts
    values = {name: p.value for name, p in layer.parameters().items()}
    lasts, y = [], x
    for number in range(layer.layers):
        sides = []
        for side in range(directions):
            suffix = f"_l{number}" + "_reverse" * side
            w, u = (values[f"weight_{part}{suffix}"] for part in ("ih", "hh"))
            none = np.zeros(len(w))
            b, c = (values.get(f"bias_{part}{suffix}", none) for part in ("ih", "hh"))
            out = np.zeros((samples, steps, layer.hidden))
            last = [np.zeros((samples, layer.hidden)) for _ in range(parts)]
            for n in range(samples):
                state = [part[n] for part in starts[len(lasts)]]
                for t in range(steps)[:: -1 if side else 1]:
                    if counts[n, t]:
                        state = step(kind, y[n, t], state, w, u, b, c)
                        out[n, t] = state[0]
                for part, one in zip(last, state, strict=True):
                    part[n] = one
            sides.append(out)
            lasts.append(last)
        y = np.concatenate(sides, -1)
    return y, lasts
