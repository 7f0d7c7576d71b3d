"""Random expressions, evaluated by plain Python, JAX and finite differences."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import mpmath
from hypothesis import strategies as st

jax.config.update("jax_enable_x64", True)

NAMES = ("x", "y", "z")

UNARY = ("sin", "cos", "tanh", "exp", "sigmoid", "softplus", "silu", "square", "expm1")
BINARY = ("maximum", "minimum", "max", "min")
PARTIAL = ("log", "sqrt", "log1p")


def _sigmoid(x: float) -> float:
    e = math.exp(-abs(x))
    return (1 if x >= 0 else e) / (1 + e)


PLAIN: dict[str, Any] = {
    "sin": math.sin,
    "cos": math.cos,
    "tanh": math.tanh,
    "exp": math.exp,
    "expm1": math.expm1,
    "square": lambda x: x * x,
    "sigmoid": _sigmoid,
    "softplus": lambda x: max(x, 0) + math.log1p(math.exp(-abs(x))),
    "silu": lambda x: x * _sigmoid(x),
    "log": math.log,
    "sqrt": math.sqrt,
    "log1p": math.log1p,
    "maximum": max,
    "minimum": min,
    "max": max,
    "min": min,
    "e": math.e,
}

JAX: dict[str, Any] = {
    name: getattr(jnp, name)
    for name in ("sin", "cos", "tanh", "exp", "expm1", "square", "log", "sqrt", "log1p")
} | {
    "sigmoid": jax.nn.sigmoid,
    "softplus": jax.nn.softplus,
    "silu": jax.nn.silu,
    "maximum": jnp.maximum,
    "minimum": jnp.minimum,
    "max": jnp.maximum,
    "min": jnp.minimum,
    "e": math.e,
}


def _composite(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def joined(sign: str) -> st.SearchStrategy[str]:
        return st.tuples(inner, inner).map(lambda pair: f"({pair[0]} {sign} {pair[1]})")

    return st.one_of(
        *map(joined, "+-*/"),
        st.tuples(inner, inner).map(lambda pair: f"{pair[0]} + {pair[1]} * {pair[0]}"),
        st.tuples(inner, st.sampled_from(["2.0", "3.0", "-1.0", "0.5"])).map(
            lambda pair: f"({pair[0]})^{pair[1]}"
        ),
        inner.map(lambda text: f"-({text})"),
        inner.map(lambda text: f"e^-({text})"),
        st.tuples(st.sampled_from(UNARY + PARTIAL), inner).map(lambda p: f"{p[0]}({p[1]})"),
        st.tuples(st.sampled_from(BINARY), inner, inner).map(lambda p: f"{p[0]}({p[1]}, {p[2]})"),
    )


def texts(leaves: int = 10) -> st.SearchStrategy[str]:
    """Expressions over x, y and z that use at least one of them."""
    numbers = st.sampled_from(["0.5", "2.0", "1.0", "3.25", "-1.5"])
    leaf = st.one_of(st.sampled_from(NAMES), st.sampled_from(NAMES), numbers)
    whole = st.recursive(leaf, _composite, max_leaves=leaves)
    return whole.filter(lambda text: any(name in used(text) for name in NAMES))


def used(text: str) -> list[str]:
    """The names among x, y and z that the expression uses."""
    code = compile(text.replace("^", "**"), "expression", "eval")
    return [name for name in NAMES if name in code.co_names]


points = st.fixed_dictionaries(
    {name: st.floats(-3, 3).map(lambda value: round(value, 3) or 0.25) for name in NAMES}
)


def value(text: str, at: Mapping[str, float]) -> float | None:
    """The value by Python's `math` module; None if a step is not a finite real number."""
    try:
        found = eval(text.replace("^", "**"), {"__builtins__": {}}, {**PLAIN, **at})
    except (ArithmeticError, ValueError, TypeError):  # TypeError: on its way it became complex
        return None
    return float(found) if isinstance(found, (int, float)) and math.isfinite(found) else None


def jax_gradients(text: str, at: Mapping[str, float]) -> dict[str, float]:
    """The gradients by JAX with respect to the names that are used."""
    code = compile(text.replace("^", "**"), "expression", "eval")

    def function(given: dict[str, Any]) -> Any:
        return eval(code, {"__builtins__": {}}, {**JAX, **given})

    return {name: float(slope) for name, slope in jax.grad(function)(dict(at)).items()}


MANY_DIGITS: dict[str, Any] = {
    name: getattr(mpmath, name) for name in ("sin", "cos", "tanh", "exp", "expm1", "log", "sqrt")
} | {
    "square": lambda x: x * x,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "log1p": lambda x: mpmath.log(1 + x),
    "maximum": max,
    "minimum": min,
    "max": max,
    "min": min,
    "e": mpmath.e,
}


def many_digits(text: str, at: Mapping[str, float], name: str = "", shift: Any = 0) -> Any:
    """The value with sixty digits, with one of its names shifted."""
    code = compile(text.replace("^", "**"), "expression", "eval")
    with mpmath.workdps(60):
        given = {key: mpmath.mpf(number) for key, number in at.items()}
        if name:
            given[name] += shift
        return eval(code, {"__builtins__": {}}, {**MANY_DIGITS, **given})


def steady(text: str, at: Mapping[str, float]) -> bool:
    """Whether rounding of intermediate results hardly changes the result."""
    plain, exact = value(text, at), float(mpmath.re(many_digits(text, at)))
    return plain is not None and abs(plain - exact) <= 1e-13 * (1 + abs(exact))


def differences(text: str, at: Mapping[str, float], name: str) -> tuple[float, float]:
    """The slopes to the left and to the right, from differences in sixty digits."""
    with mpmath.workdps(60):
        step = mpmath.mpf(10) ** -25
        before, here, after = (many_digits(text, at, name, k * step) for k in (-1, 0, 1))
        return float((here - before) / step), float((after - here) / step)
