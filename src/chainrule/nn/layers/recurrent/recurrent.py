"""The base of recurrent layers: one cell in several layers, one or both directions of time."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from chainrule.arguments import truth
from chainrule.errors import OptionError
from chainrule.nn.argument_checks import checked_seed, positive_integer
from chainrule.nn.initialisers import Initialiser, initialiser
from chainrule.nn.layer import Layer
from chainrule.nn.layers.dropout import checked_rate, dropped
from chainrule.nn.layers.recurrent.gates import EachGate
from chainrule.nn.layers.recurrent.initial_states import initial_states
from chainrule.nn.layers.recurrent.over_time import Cell, Weights
from chainrule.nn.layers.recurrent.sequences import sequences
from chainrule.nn.layers.recurrent.stacked import stacked
from chainrule.nn.scope import Scope
from chainrule.nn.slot import Slot
from chainrule.ops import concatenate

__all__ = ["Recurrent", "Returns"]

Returns = Literal["both", "outputs", "last"]


class Recurrent(Layer):
    """Base of the recurrent layers; a subclass has a cell.

    Further layers take the outputs of the one before, in training with `dropout` between them.  If
    `bidirectional`, each layer has a second set of parameters for a second direction, from the last
    step to the first, and its output is [forward, backward] along the last axis.

    x (…, T, D) has any axes before those of the steps and of the features, mostly one for the
    batch.  As the second of a pair, or as `state` of a dict, it comes with initial states, as
    `lengths` of a dict with the number of steps of each sample (…), as `mask` with what steps count
    (…, T).  At the others the output is 0, and the state stays what it was: what stands in x there
    changes no output and no gradient, and the last state is the one at the end of each sample, in
    the backward direction the one at its first step.
    """

    symbol: ClassVar[str] = "h"

    def __init__(
        self,
        inputs: int,
        hidden: int,
        layers: int = 1,
        *,
        bias: bool,
        bidirectional: bool,
        dropout: float,
        returns: Returns,
        weight_init: str | Initialiser,
        recurrent_init: str | Initialiser,
        bias_inits: tuple[Initialiser, Initialiser],
        seed: int | None,
        dtype: Any,
        name: str | None,
    ) -> None:
        kind = type(self).__name__
        self.inputs = positive_integer(f"{kind} inputs", inputs)
        self.hidden = positive_integer(f"{kind} hidden", hidden)
        self.layers = positive_integer(f"{kind} layers", layers)
        self.bias = truth(f"{kind} bias", bias)
        self.bidirectional = truth(f"{kind} bidirectional", bidirectional)
        self.dropout, self.seed = checked_rate(dropout), checked_seed(seed) or 0
        if self.dropout and self.layers == 1:
            raise OptionError(
                f"{kind} dropout",
                expected="two layers or more, between which outputs are dropped",
                got="one",
                remedy="put a Dropout layer behind it",
            )
        if returns not in ("both", "outputs", "last"):
            expected = "'both', 'outputs' or 'last'"
            raise OptionError(f"{kind} returns", expected=expected, got=repr(returns))
        self.returns: Returns = returns
        gates = self._cell.gates
        inits = [EachGate(initialiser(init), gates) for init in (weight_init, recurrent_init)]
        slots: dict[str, Slot] = {}
        for layer in range(self.layers):
            widths = self.outputs if layer else self.inputs, self.hidden
            for suffix in self._suffixes(layer):
                for part, width, init in zip(("ih", "hh"), widths, inits, strict=True):
                    shape = gates * self.hidden, width
                    slots[f"weight_{part}{suffix}"] = Slot(shape, init, dtype=dtype)
                for part, init in zip(("ih", "hh"), bias_inits * self.bias, strict=False):
                    slots[f"bias_{part}{suffix}"] = Slot((gates * self.hidden,), init, dtype=dtype)
        super().__init__(name, slots=slots, seed=seed)

    @property
    @abstractmethod
    def _cell(self) -> Cell:
        """The cell that is applied at every step."""

    @property
    def outputs(self) -> int:
        """The number of features of an output: H, or 2·H in both directions."""
        return self.hidden * (1 + self.bidirectional)

    def apply(self, scope: Scope, x: Any) -> Any:
        given = sequences(self._error_name(scope), x, self.inputs)
        shape = (*given.x.shape[:-2], self.hidden)
        several, parts = self.layers * (1 + self.bidirectional), self._cell.states
        y, last = stacked(
            self._cell,
            given.x,
            [
                [self._weights(scope, suffix) for suffix in self._suffixes(layer)]
                for layer in range(self.layers)
            ],
            initial_states(self._error_name(scope), given.state, several, parts, shape),
            given.mask,
            lambda y: dropped(scope, y, self.dropout, self.seed),
        )
        if self.returns == "outputs":
            return y
        if self.returns == "last":
            ends = [state[0] for state in last[-1 - self.bidirectional :]]
            return ends[0] if len(ends) == 1 else concatenate(ends, axis=-1)
        if self.name:
            y.named(self.name)
        states = [state[0] if len(state) == 1 else state for state in last]
        return y, states[0] if len(states) == 1 else tuple(states)

    def options(self) -> Mapping[str, Any]:
        shown = {"inputs": self.inputs, "hidden": self.hidden}
        defaults: dict[str, Any] = {
            "layers": 1, "bias": True, "bidirectional": False, "dropout": 0.0, "returns": "both"
        }  # fmt: skip
        chosen = {name: getattr(self, name) for name in defaults}
        return shown | {name: value for name, value in chosen.items() if value != defaults[name]}

    def _suffixes(self, layer: int) -> list[str]:
        """What the names of parameters end with, for each direction."""
        return [f"_l{layer}", f"_l{layer}_reverse"][: 1 + self.bidirectional]

    def _weights(self, scope: Scope, suffix: str) -> Weights:
        names = ["weight_ih", "weight_hh", *(("bias_ih", "bias_hh") if self.bias else ())]
        return Weights(*(scope[name + suffix] for name in names))
