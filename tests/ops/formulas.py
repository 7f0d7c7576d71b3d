"""Evaluates formulas, independently of the code that writes them."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

import mpmath
import numpy as np

from chainrule import formula as f
from chainrule.explain.entries.formulas import entry_parts
from chainrule.graph import Component, Node

RELATIONS: dict[str, Callable[..., bool]] = {
    "<": operator.lt,
    "≤": operator.le,
    ">": operator.gt,
    "≥": operator.ge,
    "=": operator.eq,
    "≠": operator.ne,
}


def _sigmoid(x: float) -> float:
    return 1 / (1 + mpmath.exp(-x))


def _quantile(p: mpmath.mpf) -> mpmath.mpf:
    return mpmath.sqrt(2) * mpmath.erfinv(2 * p - 1)


# parameters that the notation omits
UNWRITTEN = ("slope", "alpha", "side")

# the functions that notation writes by name
CALLS: dict[str, Callable[..., Any]] = {
    "log": mpmath.log,
    "log1p": lambda x: mpmath.log(1 + mpmath.mpf(x)),
    "expm1": lambda x: mpmath.exp(mpmath.mpf(x)) - 1,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tanh": mpmath.tanh,
    "erf": mpmath.erf,
    "sign": mpmath.sign,
    "sigmoid": _sigmoid,
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "relu": lambda x: x if x > 0 else 0,
    "silu": lambda x: x * _sigmoid(x),
    "gelu": lambda x: x * mpmath.ncdf(x),
    "normal_cdf": mpmath.ncdf,
    "step": lambda x: 1 if x >= 0 else 0,
    "leaky_relu": lambda x, slope: x if x > 0 else slope * x,
    "elu": lambda x, alpha: x if x > 0 else alpha * (mpmath.exp(x) - 1),
    "clip": lambda x, low, high: min(max(x, low), high),
    "tan": mpmath.tan,
    "arcsin": mpmath.asin,
    "arccos": mpmath.acos,
    "arctan": mpmath.atan,
    "arctan2": mpmath.atan2,
    "hypot": mpmath.hypot,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "arcsinh": mpmath.asinh,
    "arccosh": mpmath.acosh,
    "arctanh": mpmath.atanh,
    "exp2": lambda x: 2 ** mpmath.mpf(x),
    "log2": lambda x: mpmath.log(x, 2),
    "log10": mpmath.log10,
    "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
    "logaddexp": lambda x, y: mpmath.log(mpmath.exp(x) + mpmath.exp(y)),
    "logaddexp2": lambda x, y: mpmath.log(mpmath.mpf(2) ** x + mpmath.mpf(2) ** y, 2),
    "floor": mpmath.floor,
    "ceil": mpmath.ceil,
    "trunc": math.trunc,
    "rint": mpmath.nint,
    "mod": lambda x, y: x - y * mpmath.floor(x / y),
    "fmod": math.fmod,
    "logical_and": lambda x, y: bool(x) and bool(y),
    "logical_or": lambda x, y: bool(x) or bool(y),
    "logical_xor": lambda x, y: bool(x) != bool(y),
    "logical_not": operator.not_,
    "sinc": lambda x, **_: mpmath.sincpi(x),
    "argsort": lambda i, *line, **_: sorted(range(len(line)), key=line.__getitem__)[int(i)],
    "searchsorted": lambda v, *steps, side: sum(
        x < v or (side == "right" and x == v) for x in steps
    ),
    "erfc": mpmath.erfc,
    "erfcx": lambda x: mpmath.exp(mpmath.mpf(x) ** 2) * mpmath.erfc(x),
    "erfinv": mpmath.erfinv,
    "erfcinv": lambda x: mpmath.erfinv(1 - mpmath.mpf(x)),
    "log_ndtr": lambda x: mpmath.log(mpmath.ncdf(x)),
    "ndtri": lambda x: _quantile(mpmath.mpf(x)),
    "ndtri_exp": lambda x: _quantile(mpmath.exp(x)),
    "gamma": mpmath.gamma,
    "gammaln": lambda x: mpmath.log(abs(mpmath.gamma(x))),
    "loggamma": mpmath.loggamma,
    "gammasgn": lambda x: mpmath.sign(mpmath.gamma(x)),
    "digamma": mpmath.digamma,
    "polygamma": lambda n, x: mpmath.polygamma(int(n), x),
    "rgamma": mpmath.rgamma,
    "beta": mpmath.beta,
    "stirling_error": lambda a: (
        mpmath.loggamma(a)
        - (mpmath.mpf(a) - 0.5) * mpmath.log(a)
        + a
        - mpmath.log(2 * mpmath.pi) / 2
    ),
    "betaln": lambda a, b: mpmath.log(mpmath.beta(a, b)),
    "gammainc": lambda a, x: mpmath.gammainc(a, 0, x, regularized=True),
    "gammaincc": lambda a, x: mpmath.gammainc(a, x, regularized=True),
    "betainc": lambda a, b, x: mpmath.betainc(a, b, 0, x, regularized=True),
    "betaincc": lambda a, b, x: mpmath.betainc(a, b, x, 1, regularized=True),
    "stdtr": lambda n, t: (
        (1 + mpmath.sign(t)) / 2
        - mpmath.sign(t) * mpmath.betainc(n / 2, 0.5, 0, n / (n + t * t), regularized=True) / 2
    ),
    "xlogy": lambda x, y: x * mpmath.log(y),
    "xlog1py": lambda x, y: x * mpmath.log(1 + mpmath.mpf(y)),
    "entr": lambda x: -x * mpmath.log(x),
    "rel_entr": lambda x, y: x * mpmath.log(x / mpmath.mpf(y)),
    "kl_div": lambda x, y: x * mpmath.log(x / mpmath.mpf(y)) - x + y,
    "log_expit": lambda x: mpmath.log(_sigmoid(x)),
    "logit": lambda x: mpmath.log(x / (1 - mpmath.mpf(x))),
    "exprel": lambda x: (mpmath.exp(x) - 1) / x,
    "hyp1f1": mpmath.hyp1f1,
    "exp1": mpmath.e1,
    "expi": mpmath.ei,
    "dawsn": lambda x: (
        mpmath.exp(-(mpmath.mpf(x) ** 2)) * mpmath.erfi(x) * mpmath.sqrt(mpmath.pi) / 2
    ),
    "j0": lambda x: mpmath.besselj(0, x),
    "j1": lambda x: mpmath.besselj(1, x),
    "jv": mpmath.besselj,
    "y0": lambda x: mpmath.bessely(0, x),
    "y1": lambda x: mpmath.bessely(1, x),
    "yn": mpmath.bessely,
    "yv": mpmath.bessely,
    "i0": lambda x: mpmath.besseli(0, x),
    "i1": lambda x: mpmath.besseli(1, x),
    "i0e": lambda x: mpmath.besseli(0, x) * mpmath.exp(-abs(x)),
    "i1e": lambda x: mpmath.besseli(1, x) * mpmath.exp(-abs(x)),
    "iv": mpmath.besseli,
    "ive": lambda v, x: mpmath.besseli(v, x) * mpmath.exp(-abs(x)),
    "k0": lambda x: mpmath.besselk(0, x),
    "k1": lambda x: mpmath.besselk(1, x),
    "kv": mpmath.besselk,
    "kve": lambda v, x: mpmath.besselk(v, x) * mpmath.exp(x),
    "max": lambda *args, **_: max(args),  # also within a function with parameters
    "min": lambda *args, **_: min(args),
    "argmax": lambda *line, **_: max(i for i, x in enumerate(line) if x == max(line)),  # the latest
    "argmin": lambda *line, **_: max(i for i, x in enumerate(line) if x == min(line)),
}


def evaluate(formula: f.Formula, values: Mapping[str, Any], **params: Any) -> Any:
    """Return the number that a formula stands for."""

    def number(part: f.Formula) -> Any:
        return evaluate(part, values, **params)

    match formula:
        case f.Remainder(value=value):
            return value
        case f.Symbol(name):
            return values[name]
        case f.Number(value):
            return value
        case f.Negation(inner):
            return -number(inner)
        case f.Sum(terms):
            return sum(map(number, terms))
        case f.Product(factors):
            return math.prod(map(number, factors))
        case f.Quotient(over, under):
            return number(over) / number(under)
        case f.Power(base, exponent):
            return number(base) ** number(exponent)
        case f.Root(inner):
            return math.sqrt(number(inner))
        case f.AbsoluteValue(inner):
            return abs(number(inner))
        case f.Relation(left, sign, right):
            return RELATIONS[sign](number(left), number(right))
        case f.Cases(chosen, condition, otherwise):
            return number(chosen) if number(condition) else number(otherwise)
        case f.Call(function, arguments):
            return CALLS[function](*map(number, arguments), **params)
    raise AssertionError(f"no evaluation of {formula!r}")


def check(node: Node) -> None:
    """Write `node` in symbols for its inputs' entries, evaluate that, and compare with its value.

    This is done with the notation of the whole node, and with the component of each entry.  Integer
    operands, such as indices, keep their values instead of symbols.
    """
    values: dict[str, Any] = {"e": math.e}
    operands = []
    for k, source in enumerate(node.inputs):
        if source.spec.dtype.kind in "iu":
            operands.append(source.value)
            continue
        symbols = np.empty(source.spec.shape, dtype=object)
        for index in np.ndindex(*symbols.shape):
            symbols[index] = f.Symbol(f"{'abcdfgh'[k]}{list(index)}")
            values[symbols[index].name] = source.value[index].item()
        operands.append(symbols)
    written = node.primitive.notation(*operands, **node.params)
    written = written[node.index] if isinstance(written, tuple) else written
    written = np.asarray(written, dtype=object)
    assert written.shape == node.spec.shape
    params = {key: node.params[key] for key in UNWRITTEN if key in node.params}
    component_of = entry_parts(node) if node.inputs and node.spec.size else None
    with mpmath.workdps(30):
        for row, index in enumerate(np.ndindex(*written.shape)):
            component = component_of(row)
            entries = zip(operands, component.indices, strict=True)
            alone = component.evaluate(*(np.asarray(one.ravel()[at]) for one, at in entries))
            for formula in (f.lift(written[index]), f.lift(alone)):
                assert str(formula).strip()
                if only_named(formula):
                    check_named(formula, operands, index)
                    continue
                found = float(evaluate(formula, values, **params))
                expected = float(node.value[index])
                assert math.isclose(found, expected, rel_tol=1e-10, abs_tol=1e-12), (
                    f"{formula} is {found}, not {expected}"
                )
            if component.additive:
                check_additive(node, component)


def only_named(formula: f.Formula) -> bool:
    """Whether a part of the formula is an entry that is only named, as an eigenvalue."""
    return any(isinstance(one, f.Call) and one.function not in CALLS for one in formula.inside())


def check_named(formula: f.Call, operands: list[np.ndarray], index: tuple[int, ...]) -> None:
    """An entry that is only named, as an eigenvalue, has its index and all entries it needs."""
    batch = operands[0].ndim - 2
    assert formula.function.partition("[")[2] in ("", f"{', '.join(map(str, index[batch:]))}]")
    expected = [entry for operand in operands for entry in operand[index[:batch]].ravel()]
    assert list(formula.arguments) == expected


def check_additive(node: Node, component: Component) -> None:
    """An additive component adds up products: each adds its share, whatever the others are."""
    random = np.random.default_rng(0)
    operands = [
        random.uniform(1, 2, p.shape) if source.spec.differentiable else source.value.ravel()[p]
        for source, p in zip(node.inputs, component.indices, strict=True)
    ]
    length = component.indices[0].size
    alone = [
        component.evaluate(*(np.where(np.arange(o.size) == i, o, 0.0) for o in operands))
        for i in range(length)
    ]
    whole = component.evaluate(*operands)
    assert math.isclose(float(sum(alone)), float(whole), rel_tol=1e-12, abs_tol=1e-12)
    products = np.prod([o for o in operands if o.size], axis=0)
    shares = np.asarray(alone, dtype=float)
    np.testing.assert_allclose(shares * products.sum(), products * shares.sum(), rtol=1e-12)
