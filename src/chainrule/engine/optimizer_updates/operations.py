"""The elementwise operations that an update may consist of, on vectors of numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chainrule.engine.simd.ir_number import Number, select
from chainrule.engine.small_programs.emit_elementwise import OPERATIONS as SHARED

__all__ = ["OPERATIONS"]


def _maximum(x: Number, y: Number) -> Number:
    larger = select(x.compare(">", y), x, y)
    return select(x.compare("!=", x), x, larger)  # NaN stays NaN


def _minimum(x: Number, y: Number) -> Number:
    smaller = select(x.compare("<", y), x, y)
    return select(x.compare("!=", x), x, smaller)


def _sign(x: Number) -> Number:
    signed = select(x.compare(">", 0.0), x.constant(1.0), x)
    return select(x.compare("<", 0.0), x.constant(-1.0), signed)


def _clip(x: Number, low: float, high: float) -> Number:
    return _minimum(_maximum(x, x.constant(low)), x.constant(high))


def _constant_power(x: Number, exponent: float) -> Number:
    if exponent == 1:
        return x
    if exponent == 2:
        return x * x
    return x.sqrt() if exponent == 0.5 else x.constant(1.0) / x


def _move(mean: Number, share: Number, x: Number) -> Number:
    return mean + share * (x - mean)


OPERATIONS: Mapping[str, Callable[..., Number]] = {
    **SHARED,
    "maximum": _maximum,
    "minimum": _minimum,
    "sign": _sign,
    "clip": _clip,
    "constant_power": _constant_power,
    "divide_approximately": lambda x, y: x.divide_approximately(y),
    "move": _move,
}
"""By the name of the primitive; the last two are written by lowering.

Numbers that are the same at every step, such as the bounds of `clip`, follow the operands.
"""
