"""PyTorch's modules for recurrent layers, which take and return the trees that the layers do."""

# pyright: reportMissingImports=false
# (PyTorch is an extra: types are checked without it)
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from chainrule.nn import GRU, LSTM, RNN, Layer

__all__ = ["RECURRENT", "SequenceGRU", "SequenceLSTM", "SequenceRNN"]


class _Sequences(nn.RNNBase):
    """Sequences (…, T, D), alone, in a pair with states, or in a dict with states and lengths."""

    returns = "both"

    def forward(self, input: Any) -> Any:
        given = input if isinstance(input, Mapping) else {}
        x, state = (given["x"], given.get("state")) if given else _pair(input)
        if given.get("mask") is not None:
            raise ValueError("a module takes the lengths of sequences, and no mask")
        axes, steps = x.shape[:-2], x.shape[-2]
        rows = x.reshape(-1, *x.shape[-2:])
        lengths = given.get("lengths")
        start = self._start(rows, state)
        if lengths is None:
            y, last = super().forward(rows, start[0] if len(start) == 1 else start)
        else:
            lengths = lengths.reshape(-1).cpu()
            packed = pack_padded_sequence(rows, lengths.clamp(min=1), True, enforce_sorted=False)
            y, last = super().forward(packed, start[0] if len(start) == 1 else start)
            y = pad_packed_sequence(y, True, total_length=steps)[0]
        last = last if isinstance(last, tuple) else (last,)
        if lengths is not None:  # PyTorch knows no sequence without a step
            some = (lengths > 0).to(rows.device)
            y = y * some[:, None, None]
            last = tuple(torch.where(some[:, None], a, b) for a, b in zip(last, start, strict=True))
        y = y.reshape(*axes, *y.shape[-2:])
        states = [tuple(part[k].reshape(*axes, -1) for part in last) for k in range(len(last[0]))]
        if self.returns == "outputs":
            return y
        if self.returns == "last":
            return torch.cat([state[0] for state in states[-1 - self.bidirectional :]], -1)
        each = [state[0] if len(state) == 1 else state for state in states]
        return y, each[0] if len(each) == 1 else tuple(each)

    def _start(self, rows: Tensor, state: Any) -> tuple[Tensor, ...]:
        """The initial states as PyTorch has them, each (layers · directions, B, H)."""
        passes = self.num_layers * (1 + self.bidirectional)
        parts = 2 if self.mode == "LSTM" else 1
        shape = (passes, len(rows), self.hidden_size)
        if state is None:
            return tuple(rows.new_zeros(shape) for _ in range(parts))
        each = [state] if passes == 1 else state
        each = [one if parts > 1 else (one,) for one in each]
        return tuple(torch.stack([one[k] for one in each]).reshape(shape) for k in range(parts))


class SequenceRNN(_Sequences, nn.RNN):
    """PyTorch's RNN on trees."""


class SequenceLSTM(_Sequences, nn.LSTM):
    """PyTorch's LSTM on trees."""


class SequenceGRU(_Sequences, nn.GRU):
    """PyTorch's GRU on trees."""


def _pair(input: Any) -> tuple[Any, Any]:
    x, state = input if isinstance(input, (tuple, list)) else (input, None)
    return x, state


def _converted(module: type[Any]) -> Callable[[Any], Any]:
    def convert(layer: Any) -> Any:
        options = {"nonlinearity": layer.activation} if isinstance(layer, RNN) else {}
        made = module(
            layer.inputs,
            layer.hidden,
            layer.layers,
            bias=layer.bias,
            batch_first=True,
            dropout=layer.dropout,
            bidirectional=layer.bidirectional,
            **options,
        )
        made.returns = layer.returns
        return made

    return convert


RECURRENT: dict[type[Layer], Callable[[Any], Any]] = {
    RNN: _converted(SequenceRNN),
    LSTM: _converted(SequenceLSTM),
    GRU: _converted(SequenceGRU),
}
"""The module for each kind of recurrent layer."""
