"""The update of one optimizer, ready for the training loop."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from chainrule.engine.jit.machine_code import MachineCode
from chainrule.engine.optimizer_updates.coefficients import Coefficients
from chainrule.engine.optimizer_updates.emit_update import NAME, machine_code
from chainrule.engine.optimizer_updates.recorded_rule import RecordedRule
from chainrule.engine.optimizer_updates.vector_pass import lower_vectors
from chainrule.graph import Array, Node

__all__ = ["CompiledUpdate", "lower_rule"]


def lower_rule(
    rule: RecordedRule, dtype: np.dtype[Any], *, clips: bool = False
) -> CompiledUpdate | None:
    """Compile a rule for vectors of a dtype; None if it is not elementwise throughout.

    In a rule such as Adam's, division is by an estimated reciprocal, which is exact but for the
    last two bits, in every step whose gradients are not clipped.
    """
    nodes: dict[tuple[Node, bool], int] = {}
    vectors = lower_vectors(rule, nodes)
    if vectors is None:
        return None
    estimating = lower_vectors(rule, nodes, estimate=True)
    dtype = np.dtype(dtype)
    # a pass that divides exactly gains nothing by leaving the clipping out
    plain = machine_code(estimating, dtype, clips=False) if estimating else None
    clipping = machine_code(vectors, dtype, clips=True) if clips or plain is None else None
    return CompiledUpdate(clipping, plain, Coefficients(nodes, rule.step, rule.rate, dtype))


@final
class CompiledUpdate:
    """Machine code and its coefficients.

    address   of the machine code, valid for as long as this object exists
    plain     the same without clipping, or 0
    """

    def __init__(
        self, clipping: MachineCode | None, plain: MachineCode | None, coefficients: Coefficients
    ) -> None:
        self._code, self._coefficients = (clipping, plain), coefficients
        self.address, self.plain = (code.address(NAME) if code else 0 for code in self._code)

    def coefficients(self, first_step: int, rates: Array) -> Array:
        """The coefficients `(steps, …)` of consecutive steps, the first of this number.

        Valid until the next call.
        """
        return self._coefficients.rows(first_step, rates)
