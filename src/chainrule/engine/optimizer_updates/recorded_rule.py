"""An optimizer's rule as a graph, whose inputs and outputs have names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from chainrule.graph import Node

__all__ = ["RecordedRule"]


@final
@dataclass(frozen=True)
class RecordedRule:
    """One update of all parameters, recorded in float64.

    params, grads   `(n,)`, what the rule reads; `slots` likewise, the state in its order
    step, rate      scalars: the number of the update from 1, and the learning rate
    new_params      what the rule returns; `new_slots` likewise, in the order of `slots`
    """

    params: Node
    grads: Node
    slots: tuple[Node, ...]
    step: Node
    rate: Node
    new_params: Node
    new_slots: tuple[Node, ...]

    @property
    def outputs(self) -> tuple[Node, ...]:
        """The new parameters, then the new slots."""
        return self.new_params, *self.new_slots
