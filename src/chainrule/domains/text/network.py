"""The network of a text: an embedding, recurrent layers or attention, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import numpy as np

from chainrule import nn, ops
from chainrule.domains.text.options import TextOptions
from chainrule.nn.initialisers import Normal

__all__ = ["TextLoss", "TextNetwork"]

Tensor = ops.Tensor

RECURRENT: Mapping[str, type[nn.Layer]] = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}


@final
class TextNetwork(nn.Layer):
    """A model of language: how probable each token is after those before it.

    What it returns depends on what it is given:

    windows (B, T + 1), integers    the loss −log p of each token after the first, (B, T, 1)
    codes, state                    of a dict: log-probabilities (B, K) of the token after `codes`
                                    (B, T), and the state to go on from; only of recurrent layers
    codes, at                       of a dict: log-probabilities (B, K) of the token after the one
                                    that `at` (B, T) marks with 1 among zeros; of attention

    >>> network = TextNetwork(TextOptions("a.txt", hidden=8, depth=1, window=4, dropout=0.0), 5)
    >>> network(np.array([[1, 2, 3, 0, 4]])).shape
    (1, 4, 1)

    Graves, "Generating sequences with recurrent neural networks", 2013.
    """

    def __init__(self, options: TextOptions, tokens: int, dtype: Any = None) -> None:
        hidden, depth = options.hidden, options.depth
        rate, window = options.dropout, options.window
        assert hidden is not None, "chosen when the run started, as these:"
        assert depth is not None
        assert window is not None
        assert rate is not None
        dtype = np.dtype(dtype or options.dtype)
        self.recurrent, self.hidden, self.depth = options.model in RECURRENT, hidden, depth
        self.states = 2 if options.model == "lstm" else 1
        width = min(64, hidden) if self.recurrent else hidden
        parts: dict[str, nn.Layer] = {}
        if self.recurrent:
            parts["embed"] = nn.Embedding(tokens, width, dtype=dtype)
            layers: Any = RECURRENT[options.model]
            between = {"dropout": rate} if depth > 1 else {}
            parts["recurrent"] = layers(width, hidden, depth, dtype=dtype, **between)
        else:
            scale = Normal(hidden**-0.5)
            parts["embed"] = nn.Embedding(tokens, width, init=scale, dtype=dtype)
            parts["positions"] = nn.LearnedPositions(window, hidden, dtype=dtype)
            parts |= {
                f"block{i}": nn.TransformerBlock(
                    hidden, options.heads, causal=True, dropout=rate, dtype=dtype
                )
                for i in range(depth)
            }
            parts["norm"] = nn.LayerNorm(hidden, dtype=dtype)
        parts["dropout"] = nn.Dropout(rate)
        parts["out"] = nn.Linear(hidden, tokens, dtype=dtype)
        super().__init__(children=parts, seed=options.own_seed)

    def apply(self, scope: nn.Scope, x: Any) -> Any:
        if isinstance(x, Mapping):
            return self._next(scope, x)
        logits = self._part(scope, "out", self._seen(scope, x[:, :-1])[0])
        return ops.expand_dims(ops.log_loss(logits, x[:, 1:]), -1)

    def first_state(self) -> Any:
        """The state before a text, of one row: zeros."""
        zeros = np.zeros((1, self.hidden), self.dtype)
        one = (zeros,) * self.states if self.states > 1 else zeros
        return (one,) * self.depth if self.depth > 1 else one

    def _next(self, scope: nn.Scope, x: Mapping[str, Any]) -> Any:
        h, state = self._seen(scope, x["codes"], x.get("state"))
        if not self.recurrent:
            last = ops.sum(h * ops.expand_dims(x["at"], -1), axis=-2)
            return ops.log_softmax(self._part(scope, "out", last))
        return {"logs": ops.log_softmax(self._part(scope, "out", h[:, -1])), "state": state}

    def _seen(self, scope: nn.Scope, codes: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """What the last layer makes of the tokens (B, T, H), and the state behind them."""
        h = self._part(scope, "embed", codes)
        if self.recurrent:
            given = h if state is None else {"x": h, "state": state}
            h, state = self._part(scope, "recurrent", given)
        else:
            h = self._part(scope, "positions", h)
            for name in (f"block{i}" for i in range(self.depth)):
                h = self._part(scope, name, h)
            h = self._part(scope, "norm", h)
        return self._part(scope, "dropout", h), state

    def _part(self, scope: nn.Scope, name: str, x: Any) -> Any:
        layer = self.children[name]
        return scope.record(name, layer, x, layer.apply(scope.child(name), x))


@final
class TextLoss:
    """The mean of the losses of tokens (B, T, 1), with weights (B, T).

    >>> TextLoss()(np.array([[[1.0], [9.0]]]), np.array([[1.0, 0.0]]))
    Tensor(1.)
    """

    def __call__(self, losses: Any, weights: Any) -> Tensor:
        return ops.sum(losses[..., 0] * weights) / ops.sum(weights)

    def row_weights(self, *targets: Any) -> Any:
        """What the tokens of each row count; see `WeightedLoss.row_weights`."""
        return targets[0]
