"""The update phase of a compiled step: an optimizer's rule, compiled where that is possible."""

from __future__ import annotations

from typing import final

import numpy as np

from chainrule.engine.optimizer_updates import (
    UPDATE,
    CompiledUpdate,
    RecordedRule,
    lower_rule,
    update,
)
from chainrule.errors import ChainruleError, ShapeError
from chainrule.graph import Array, Node, Spec
from chainrule.ops.tensor import abstract, lift
from chainrule.train.optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RMSProp
from chainrule.train.steps.clipping import Clipping
from chainrule.train.steps.compiled.training_arena import TrainingArena

__all__ = ["UpdatePhase", "record_rule"]

BOUNDED = SGD, RMSProp, Adagrad, Adam, AdamW
"""Optimizers of which it is known up to which gradients they stay finite; no subclasses of them."""


def record_rule(optimizer: Optimizer, n: int) -> RecordedRule | None:
    """Record the rule of an optimizer for n parameters; None if it only works on arrays.

    Raises ShapeError unless it returns a vector `(n,)` for the parameters and for each slot.

    >>> str(record_rule(SGD(), 3).new_params.spec)
    'f64[3]'
    """
    kind = type(optimizer)
    if kind._step is not Optimizer._step or kind.update is not Optimizer.update:
        return None
    vector, scalar = Spec((n,), np.dtype(np.float64)), Spec((), np.dtype(np.float64))
    params, grads = abstract(vector, "params"), abstract(vector, "grads")
    slots = {name: abstract(vector, name) for name in optimizer.slots}
    step, rate = abstract(scalar, "step"), abstract(scalar, "rate")
    try:
        new, state = optimizer.rule(params, grads, dict(slots), step, rate)  # type: ignore[arg-type]
        new_slots = [state[name] for name in slots]
        results = [lift(result) for result in (new, *new_slots)]
    except (ChainruleError, TypeError, AttributeError, ValueError, KeyError):
        return None  # where arrays do not work either, the first update in Python will show it
    for name, result in zip(("params", *slots), results, strict=True):
        if result.shape not in ((n,), ()):
            raise ShapeError(
                f"{optimizer.name} rule",
                expected=f"new {name} of shape {(n,)}",
                got=f"shape {result.shape}",
                remedy="return a vector for the parameters and for each slot",
            )
    nodes: list[Node] = [result.node for result in results]
    return RecordedRule(
        params.node,
        grads.node,
        tuple(tensor.node for tensor in slots.values()),
        step.node,
        rate.node,
        nodes[0],
        tuple(nodes[1:]),
    )


@final
class UpdatePhase:
    """Clips the gradients and updates the parameters by the rule of an optimizer.

    compiled   the rule as machine code; None where it can only run in Python
    """

    def __init__(self, optimizer: Optimizer, clipping: Clipping, n: int, dtype: np.dtype) -> None:
        self._optimizer, self._clipping = optimizer, clipping
        clips = clipping.value is not None or clipping.norm is not None
        rule = record_rule(optimizer, n)
        self._record: Array | None = None
        self._bound = _bound(optimizer, dtype)
        self._decay = 0.0 if self._bound is None else getattr(optimizer, "weight_decay", 0.0)
        self.compiled: CompiledUpdate | None = rule and lower_rule(rule, dtype, clips=clips)

    def record(self, arena: TrainingArena, safe_gradient_sum: float) -> Array:
        """The update as the training loop takes it: a record of `UPDATE`, until the next call."""
        if self._record is None:
            value, norm = self._clipping.value, self._clipping.norm
            fields = {
                "address": self.compiled.address if self.compiled else 0,
                "plain": self.compiled.plain if self.compiled else 0,
                "gradients": arena.offsets["gradient"],
                "slots": arena.offsets["slot"],
                "count": arena.layout.size,
                "clip_value": np.inf if value is None else value,
                "clip_norm": np.inf if norm is None else norm,
            }
            self._record = np.zeros(1, UPDATE)
            for name, number in fields.items():
                self._record[name] = number
        self._record["safe_gradient_sum"] = safe_gradient_sum
        return self._record

    def coefficients(self, first_step: int, rates: Array, dtype: np.dtype) -> Array:
        """What the machine code reads: a row for each step, valid until the next call."""
        if self.compiled is None:
            return np.zeros((len(rates), 0), dtype)
        return self.compiled.coefficients(first_step, rates)

    def overflow_bound(self, rate: float) -> float | None:
        """The sum of absolute gradients up to which no update with this rate comes near overflow.

        −1 where no gradients are small enough: large rates or weight decay may let the parameters
        themselves grow, and an ε of 0 divides by 0.  None for a rule of which it is not known.
        """
        grows = not (rate <= 1e6 and rate * self._decay <= 1)  # true for a NaN rate too
        return -1.0 if grows and self._bound is not None else self._bound

    def apply(self, arena: TrainingArena, rate: float, step: int) -> None:
        """Make update `step` (from 1) with the gradients in the arena, on one thread."""
        if self.compiled is not None:
            coefficients = self.compiled.coefficients(step, np.full(1, rate))
            update(arena.floats, self.record(arena, 0.0)[0], coefficients, 0, 0, 1)
            return
        applied = arena.gradients.copy()
        self._clipping(applied)
        with np.errstate(all="ignore"):
            self._optimizer.update(arena.parameters, applied, arena.slots, step, rate)


def _bound(optimizer: Optimizer, dtype: np.dtype) -> float | None:
    """The `overflow_bound` of an optimizer for moderate rates."""
    if type(optimizer) not in BOUNDED:
        return None
    if not isinstance(optimizer, SGD) and not dtype.type(getattr(optimizer, "eps", 0.0)):
        return -1.0
    return float(np.sqrt(np.finfo(dtype).max)) / 1e4
