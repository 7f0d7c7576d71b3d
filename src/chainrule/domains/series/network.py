"""The network of series: a recurrent layer or a transformer beside a linear path."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from chainrule import nn, ops
from chainrule.nn.argument_checks import positive_integer

__all__ = ["SeriesNetwork"]

Tensor = ops.Tensor


@final
class SeriesNetwork(nn.Layer):
    """Forecasts of all steps ahead at once, (B, H), from a window (B, W, C).

    y = A·x + b + V·h(x):  a linear model of the window, and what a recurrent layer or a transformer
    adds to it; A, b and V begin at zero.

    With K columns that are known in advance, x is a dict of the window, `past`, and of these
    columns `ahead`, (B, H, K); both paths see them, the second through a hidden layer.

    >>> SeriesNetwork("gru", 4, 3, 2, hidden=8, seed=0)(np.zeros((5, 4, 3))).shape
    (5, 2)

    The linear path: Lai et al., "Modeling Long- and Short-Term Temporal Patterns with Deep Neural
    Networks", 2018.
    """

    def __init__(
        self,
        model: str,
        window: int,
        channels: int,
        horizon: int,
        known: int = 0,
        *,
        hidden: int = 32,
        seed: int | None = None,
        dtype: Any = np.float64,
    ) -> None:
        positive_integer("SeriesNetwork horizon", horizon)
        self.model, self.known = model, known
        ahead = horizon * known
        children: dict[str, nn.Layer] = {
            "linear": nn.Linear(
                window * channels + ahead, horizon, weight_init="zeros", dtype=dtype
            ),
        }
        if model == "transformer":
            children |= {
                "embed": nn.Linear(channels, hidden, dtype=dtype),
                "positions": nn.SinusoidalPositions(hidden),
                "block": nn.TransformerBlock(hidden, _heads(hidden), 2 * hidden, dtype=dtype),
                "norm": nn.LayerNorm(hidden, dtype=dtype),
            }
        elif model != "linear":
            kind = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN}[model]
            children["recurrent"] = kind(channels, hidden, returns="last", dtype=dtype)
        if model != "linear":
            if known:
                children["joined"] = nn.Linear(hidden + ahead, hidden, dtype=dtype)
            children["out"] = nn.Linear(
                hidden, horizon, bias=None, weight_init="zeros", dtype=dtype
            )
        super().__init__(children=children, seed=seed)

    def apply(self, scope: nn.Scope, x: Any) -> Tensor:
        past, ahead = (x["past"], x["ahead"]) if self.known else (x, None)
        flat = [_flat(past)] + ([] if ahead is None else [_flat(ahead)])
        y = self._part(scope, "linear", ops.concatenate(flat, axis=-1))
        if self.model == "linear":
            return y
        h = self._encoded(scope, past)
        if ahead is not None:
            joined = ops.concatenate([h, flat[1]], axis=-1)
            h = ops.tanh(self._part(scope, "joined", joined))
        return y + self._part(scope, "out", h)

    def _encoded(self, scope: nn.Scope, past: Tensor) -> Tensor:
        if self.model != "transformer":
            return self._part(scope, "recurrent", past)
        h = self._part(scope, "positions", self._part(scope, "embed", past))
        return self._part(scope, "norm", self._part(scope, "block", h)[:, -1])

    def _part(self, scope: nn.Scope, name: str, x: Any) -> Any:
        layer = self.children[name]
        return scope.record(name, layer, x, layer.apply(scope.child(name), x))


def _flat(x: Tensor) -> Tensor:
    return ops.reshape(x, (x.shape[0], x.shape[1] * x.shape[2]))


def _heads(width: int) -> int:
    """Four heads, or as many as divide the width."""
    return next(heads for heads in (4, 2, 1) if width % heads == 0)
