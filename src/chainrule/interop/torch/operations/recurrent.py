"""Recurrent networks; PyTorch's states are (layers · directions, B, H), forward before backward."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from chainrule.errors import OptionError
from chainrule.interop.torch.operations.dropout import dropout
from chainrule.interop.torch.operations.registry import operation
from chainrule.nn import Scope
from chainrule.nn.layers.recurrent.gru import GRUCell
from chainrule.nn.layers.recurrent.lstm import LSTMCell
from chainrule.nn.layers.recurrent.over_time import Cell, State, Weights
from chainrule.nn.layers.recurrent.rnn import RNNCell
from chainrule.nn.layers.recurrent.stacked import stacked
from chainrule.ops import Tensor, stack, swapaxes

__all__: list[str] = []


@operation("lstm", draws=True)
def lstm(scope: Scope, x: Tensor, state: Sequence[Tensor], *settings: Any) -> tuple[Tensor, ...]:
    """Outputs, all h and all c of an LSTM, from x and the pair of all h and all c."""
    return _network(scope, LSTMCell(), x, state, *settings)


@operation("gru", draws=True)
def gru(scope: Scope, x: Tensor, state: Tensor, *settings: Any) -> tuple[Tensor, ...]:
    """Outputs and all h of a GRU, from x and all h."""
    return _network(scope, GRUCell(), x, [state], *settings)


def _rnn(activation: Literal["tanh", "relu"]) -> Callable[..., tuple[Tensor, ...]]:
    def rnn(scope: Scope, x: Tensor, state: Tensor, *settings: Any) -> tuple[Tensor, ...]:
        return _network(scope, RNNCell(activation), x, [state], *settings)

    return rnn


operation("rnn_tanh", draws=True)(_rnn("tanh"))
operation("rnn_relu", draws=True)(_rnn("relu"))


def _network(
    scope: Scope,
    cell: Cell,
    x: Tensor,
    states: Sequence[Tensor],
    parameters: Any,
    has_biases: bool,
    layers: int,
    rate: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool = False,
) -> tuple[Tensor, ...]:
    """The outputs, and for each array that the cell carries the last one of every pass."""
    if isinstance(parameters, Tensor):  # PyTorch's operation of the same name for packed sequences
        raise OptionError(
            "from_torch: a recurrent layer",
            expected="sequences in one array",
            got="packed ones",
            remedy="use chainrule.nn's layer, which takes the lengths beside the array",
        )
    directions = 1 + bidirectional
    passes = layers * directions
    per_pass = len(parameters) // passes
    weights = [
        _weights(parameters[k * per_pass : (k + 1) * per_pass], has_biases) for k in range(passes)
    ]
    starts: list[State] = [tuple(state[k] for state in states) for k in range(passes)]
    y, last = stacked(
        cell,
        x if batch_first else swapaxes(x, 0, 1),
        [weights[k : k + directions] for k in range(0, passes, directions)],
        starts,
        between=lambda y: dropout(scope, y, rate, train),
    )
    y = y if batch_first else swapaxes(y, 0, 1)
    return y, *(stack(list(parts)) for parts in zip(*last, strict=True))


def _weights(parameters: Sequence[Tensor], has_biases: bool) -> Weights:
    """The parameters of one pass over time: two weights, two biases, a projection."""
    w, u, *others = parameters
    b, c = others[:2] if has_biases else (None, None)
    projection = others[2 * has_biases :]
    return Weights(w, u, b, c, projection[0] if projection else None)
