"""The operators & | ^ ~ of truth values, and of the bits of integers, which are also shifted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.errors import OptionError
from chainrule.ops.define import lift_together
from chainrule.ops.elementwise.comparison import logical_and, logical_not, logical_or, logical_xor
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor, constant

__all__: list[str] = []


def _operator(sign: str, ufunc: Any, of_truth: Callable[..., Tensor] | None) -> None:
    """Register the function of an operator.

    That of truth values is recorded.  Bits are computed on values, since integers have no
    gradients.
    """

    @provides(ufunc.__name__, ufunc)
    def operator(*operands: Operand) -> Tensor:  # pyright: ignore[reportUnusedFunction]
        tensors = lift_together(*operands)
        kinds = {tensor.dtype.kind for tensor in tensors}
        if kinds == {"b"} and of_truth:
            return of_truth(*tensors)
        if not kinds <= set("iub" if of_truth else "iu"):
            raise OptionError(
                sign,
                expected=f"{'boolean tensors, such as x > 0, or' if of_truth else ''} integers",
                got=f"operands of {' and '.join(str(tensor.dtype) for tensor in tensors)}",
                remedy="compare them first, or convert them by astype",
            )
        return constant(ufunc(*(tensor.value for tensor in tensors)))


_operator("&", np.bitwise_and, logical_and)
_operator("|", np.bitwise_or, logical_or)
_operator("^", np.bitwise_xor, logical_xor)
_operator("~", np.invert, logical_not)
_operator("<<", np.left_shift, None)
_operator(">>", np.right_shift, None)
