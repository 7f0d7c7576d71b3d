"""The formulas of `approximations` as functions that kernels call on one number.

Numba vectorises a loop over such calls; it cannot vectorise calls of the C library.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types

from chainrule.engine.jit.compile import inner
from chainrule.engine.simd import approximations
from chainrule.engine.simd.intrinsics import intrinsic
from chainrule.engine.simd.ir_number import Number

__all__ = ["exp", "is_finite", "log", "tanh"]


@inner
def is_finite(x):
    """Whether x is neither infinite nor NaN.

    NumPy's function tests whether x − x is 0, which is always true where sums may be reordered.
    """
    return abs(x) < np.inf


def _kernel_function(formula: Callable[[Number], Number]) -> Any:
    """A formula as a function that kernels call."""

    @intrinsic
    def function(typing: Any, x: Any) -> Any:
        result_type = x if isinstance(x, types.Float) else types.float64

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return formula(Number(builder, arguments[0])).value

        return result_type(result_type), generate

    return function


exp, log = _kernel_function(approximations.exp), _kernel_function(approximations.log)
tanh = _kernel_function(approximations.tanh)
