"""The update of one optimizer, ready for the training loop."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from chainrule.engine.jit.machine_code import MachineCode
from chainrule.engine.optimizer_updates.coefficients import Coefficients
from chainrule.engine.optimizer_updates.emit_update import machine_code
from chainrule.engine.optimizer_updates.recorded_rule import RecordedRule
from chainrule.engine.optimizer_updates.vector_pass import lower_vectors
from chainrule.graph import Array

__all__ = ["CompiledUpdate", "lower_rule"]


def lower_rule(
    rule: RecordedRule, dtype: np.dtype[Any], *, clips: bool = False
) -> CompiledUpdate | None:
    """Compile a rule for vectors of a dtype; None if it is not elementwise throughout.

    Where gradients are not clipped and every divisor is bounded from below, as by Adam's ε,
    division is by an estimated reciprocal, which is exact but for the last two bits.
    """
    fast = None if clips else lower_vectors(rule, estimate=True)
    lowered = fast or lower_vectors(rule)
    if lowered is None:
        return None
    vectors, nodes = lowered
    # without a division nothing is gained by leaving the clipping out
    code = machine_code(vectors, np.dtype(dtype), clips=fast is None)
    return CompiledUpdate(code, Coefficients(nodes, rule.step, rule.rate, np.dtype(dtype)))


@final
class CompiledUpdate:
    """Machine code and its coefficients: `address` is valid for as long as this object exists."""

    def __init__(self, code: MachineCode, coefficients: Coefficients) -> None:
        self._code, self._coefficients = code, coefficients
        self.address: int = code.address("update")

    def coefficients(self, first_step: int, rates: Array) -> Array:
        """The coefficients `(steps, …)` of consecutive steps, the first of this number.

        Valid until the next call.
        """
        return self._coefficients.rows(first_step, rates)
