"""Functions of one number that the compiler can turn into vector instructions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types

from chainrule.engine import formulas
from chainrule.engine.compile import inner
from chainrule.engine.numbers import Number
from chainrule.engine.vectors import emitted

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


exp, log = _function(formulas.exp), _function(formulas.log)
sigmoid, silu = _function(formulas.sigmoid), _function(formulas.silu)
tanh = _function(formulas.tanh)
