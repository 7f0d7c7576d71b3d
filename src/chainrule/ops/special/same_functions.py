"""SciPy's functions that are recorded like NumPy's, or by a function of another name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scipy import special

from chainrule.ops.elementwise import (
    cbrt,
    erf,
    exp2,
    expm1,
    log1p,
    normal_cdf,
    sigmoid,
    softplus,
)
from chainrule.ops.registry import NUMPY

__all__ = ["SAME"]

SAME: Mapping[Any, Callable[..., Any]] = {
    special.cbrt: cbrt,
    special.erf: erf,
    special.exp2: exp2,
    special.expit: sigmoid,
    special.expm1: expm1,
    special.log1p: log1p,
    special.ndtr: normal_cdf,
}
"""For each of SciPy's functions, the one that records it."""

NUMPY.update(SAME)
if hasattr(special, "softplus"):  # new in SciPy 1.17
    NUMPY[special.softplus] = softplus
