"""The operators & | ^ ~ << >> of integers, which act on bits: of values, and not recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.errors import OptionError
from chainrule.ops.define import lift_together
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor, constant

__all__: list[str] = []


def of_truth(*operands: Tensor) -> bool:
    """Whether all operands are truth values, of which the operators are recorded."""
    return all(operand.dtype.kind == "b" for operand in operands)


def on_bits(sign: str, ufunc: Any, *operands: Tensor) -> Tensor:
    """Apply a ufunc to the bits of integers; the result is a constant, as integers always are.

    Raises OptionError for operands of other dtypes.
    """
    shift = ufunc in (np.left_shift, np.right_shift)
    for operand in operands:
        if operand.dtype.kind not in ("iu" if shift else "iub"):
            raise OptionError(
                sign,
                expected="integers" if shift else "boolean tensors, such as x > 0, or integers",
                got=f"one of {operand.dtype}",
                remedy="convert it to integers by astype, or compare it first",
            )
    return constant(ufunc(*(operand.value for operand in operands)))


def _shift(sign: str, ufunc: Any) -> Callable[..., Tensor]:
    @provides(ufunc.__name__, ufunc)
    def shifted(x: Operand, bits: Operand) -> Tensor:
        return on_bits(sign, ufunc, *lift_together(x, bits))

    return shifted


left_shift = _shift("<<", np.left_shift)
right_shift = _shift(">>", np.right_shift)
