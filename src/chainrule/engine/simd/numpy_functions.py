"""Formulas of NumPy's and SciPy's elementwise functions, by which they apply to `Number`s.

These are the only functions that are written once for arrays, by NumPy, and once for vectors.  The
value of an elementwise primitive is an expression of them, so it serves as its own formula.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from chainrule.engine.simd import approximations
from chainrule.engine.simd.ir_number import FORMULAS, Condition, Number, select

__all__: list[str] = []

SQRT_HALF = 0.7071067811865476

C_FUNCTIONS = (
    *("log1p", "exp2", "log2", "log10", "cbrt", "hypot", "erf", "erfc"),
    *("sin", "cos", "tan", "arcsin", "arccos", "arctan", "arctan2"),
    *("sinh", "cosh", "arcsinh", "arccosh", "arctanh"),
)
"""NumPy's functions for which the C library is called; there, "arc" is shortened to "a"."""


def _of_numbers(formula: Callable[..., Any]) -> Callable[..., Any]:
    """A formula that takes conditions as 1 and 0."""
    return lambda *operands: formula(*(operand.as_number() for operand in operands))


def _comparison(operator: str) -> Callable[[Number, Number], Condition]:
    return lambda x, y: x.condition(operator, y)


def _c_function(name: str) -> Callable[..., Number]:
    return lambda x, *others: x.call_c(name, *others)


def _condition(operand: Number | Condition) -> Condition:
    """A number as the condition that it is not 0."""
    return operand if isinstance(operand, Condition) else operand.condition("!=", 0.0)


def _where(condition: Number | Condition, x: Any, y: Any) -> Number:
    return select(_condition(condition).value, x.as_number(), y.as_number())


def _extreme(operator: str) -> Callable[[Number, Number], Number]:
    """The maximum (">=") or minimum ("<=") of two numbers; NaN if one of them is NaN."""
    opposite = {">=": "<=", "<=": ">="}[operator]

    def extreme(x: Number, y: Number) -> Number:
        if y.known is not None and not math.isnan(y.known):
            return select(x.compare(opposite, y), y, x)
        return select(x.compare(operator, y), x, select(x.compare("==", x), y, x))

    return extreme


_maximum, _minimum = _extreme(">="), _extreme("<=")


def _sign(x: Number) -> Number:
    negative = select(x.compare("<", 0.0), x.constant(-1.0), x)
    return select(x.compare(">", 0.0), x.constant(1.0), negative)


def _heaviside(x: Number, at_zero: Number) -> Number:
    if at_zero.known == 1.0:
        rest = select(x.compare("<", 0.0), x.constant(0.0), x)
        return select(x.compare(">=", 0.0), x.constant(1.0), rest)
    rest = select(x.compare("==", 0.0), at_zero, select(x.compare(">", 0.0), x.constant(1.0), x))
    return select(x.compare("<", 0.0), x.constant(0.0), rest)


def _logaddexp(x: Number, y: Number) -> Number:
    """ln(eˣ + eʸ) = max(x, y) + ln(1 + e^−|x − y|); the exponential does not overflow."""
    if y.known == 0.0:
        return _maximum(x, y) + approximations.exp(-x.abs()).call_c("log1p")
    general = _maximum(x, y) + approximations.exp(-(x - y).abs()).call_c("log1p")
    return select(x.compare("==", y), x + math.log(2.0), general)  # also where both are infinite


def _power(x: Number, y: Number) -> Number:
    match y.known:
        case 0.5:
            return x.sqrt()
        case 1.0:
            return x
        case 2.0:
            return x * x
        case -1.0:
            return x.constant(1.0) / x
        case _:
            return x.call_c("pow", y)


def _normal_cdf(x: Number) -> Number:
    """erfc(−x / √2) / 2, in double precision: erfc multiplies the error of its argument by x²."""
    return ((-x.widened() * SQRT_HALF).call_c("erfc") * 0.5).rounded_like(x)


def _clip(x: Number, low: Number, high: Number) -> Number:
    return _minimum(_maximum(x, low), high)


FORMULAS.update(
    {
        "where": _where,
        "logical_and": lambda x, y: _condition(x) & _condition(y),
        "logical_or": lambda x, y: _condition(x) | _condition(y),
        "logical_not": lambda x: ~_condition(x),
    }
)
FORMULAS.update(
    (name, _of_numbers(formula))
    for name, formula in {
        "positive": lambda x: x,
        "negative": lambda x: -x,
        "add": lambda x, y: x + y,
        "subtract": lambda x, y: x - y,
        "multiply": lambda x, y: x * y,
        "divide": lambda x, y: x / y,
        "reciprocal": lambda x: x.constant(1.0) / x,
        "square": lambda x: x * x,
        "power": _power,
        "sqrt": Number.sqrt,
        "absolute": Number.abs,
        "fabs": Number.abs,
        "floor": Number.floor,
        "sign": _sign,
        "heaviside": _heaviside,
        "maximum": _maximum,
        "minimum": _minimum,
        "clip": _clip,
        "less": _comparison("<"),
        "less_equal": _comparison("<="),
        "greater": _comparison(">"),
        "greater_equal": _comparison(">="),
        "equal": _comparison("=="),
        "not_equal": _comparison("!="),
        "isnan": lambda x: x.condition("!=", x),
        "isfinite": lambda x: x.abs().condition("<", math.inf),
        "exp": approximations.exp,
        "expm1": approximations.expm1,
        "log": approximations.log,
        "tanh": approximations.tanh,
        "logaddexp": _logaddexp,
        "ndtr": _normal_cdf,
        "zeros_like": lambda x: x.constant(0.0),
        "ones_like": lambda x: x.constant(1.0),
        **{name: _c_function(name.replace("arc", "a")) for name in C_FUNCTIONS},
    }.items()
)
