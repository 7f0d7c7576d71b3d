"""The update of one optimizer, ready for the training loop."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from chainrule.engine.optimizer_updates.coefficients import Coefficients
from chainrule.engine.optimizer_updates.emit_update import update_address
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
    plain = update_address(estimating, dtype, clips=False) if estimating else 0
    clipping = update_address(vectors, dtype, clips=True) if clips or not plain else 0
    return CompiledUpdate(clipping, plain, Coefficients(nodes, rule.step, rule.rate, dtype))


@final
class CompiledUpdate:
    """Machine code and its coefficients.

    address   of the machine code that clips gradients, or 0
    plain     of the machine code that does not, or 0
    """

    def __init__(self, address: int, plain: int, coefficients: Coefficients) -> None:
        self.address, self.plain, self._coefficients = address, plain, coefficients

    def coefficients(self, first_step: int, rates: Array) -> Array:
        """The coefficients `(steps, …)` of consecutive steps, the first of this number.

        Valid until the next call.
        """
        return self._coefficients.rows(first_step, rates)
