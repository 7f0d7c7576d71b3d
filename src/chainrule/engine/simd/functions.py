"""Functions of one number that the compiler can turn into vector instructions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types

from chainrule.engine.jit.compile import inner
from chainrule.engine.simd import approximations
from chainrule.engine.simd.ir_number import Number
from chainrule.engine.simd.vectors import emitted

__all__ = ["exp", "finite", "log", "sigmoid", "silu", "tanh"]


@inner
def finite(x):
    """Whether x is neither infinite nor NaN.

    NumPy's function asks whether x − x is 0, and sums that may be reordered always say yes.
    """
    return abs(x) < np.inf


def _function(formula: Callable[[Number], Number]) -> Any:
    """What a formula says, as a function of kernels."""

    @emitted
    def function(typing: Any, x: Any) -> Any:
        kind = x if isinstance(x, types.Float) else types.float64

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return formula(Number(builder, arguments[0])).value

        return kind(kind), generate

    return function


exp, log = _function(approximations.exp), _function(approximations.log)
sigmoid, silu = _function(approximations.sigmoid), _function(approximations.silu)
tanh = _function(approximations.tanh)
