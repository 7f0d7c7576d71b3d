"""How NumPy's functions are written: applied to an array of formulas, they build formulas.

The value of a primitive, which is written with NumPy, is its notation, too.  Python's and NumPy's
arithmetic is that of formulas; a function that is missing here is written by its name.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from chainrule.formula.formula import Formula, lift
from chainrule.formula.functions import AbsoluteValue, Cases, E, Relation, Root, call

__all__ = ["Notation", "entrywise", "written"]

ARITHMETIC = {"add", "subtract", "multiply", "divide", "negative", "positive", "matmul"}
"""NumPy's functions that combine objects by Python's operators, as formulas are combined."""


Notation = (
    Callable[[Any], Formula] | Callable[[Any, Any], Formula] | Callable[[Any, Any, Any], Formula]
)
"""How an operation on numbers is written, given the formulas of its operands."""


def _relation(sign: str) -> Notation:
    return lambda x, y: Relation(lift(x), sign, lift(y))


def _choice(condition: Any, x: Any, y: Any) -> Formula:
    x, y = lift(x), lift(y)
    if x == y:
        return x
    if isinstance(condition, Formula):
        return Cases(x, condition, y)
    return x if condition else y


def _connective(name: str, latex: str, decisive: bool) -> Callable[[Any, Any], Any]:
    """`and` or `or` of two conditions; one that is known decides, or is left out."""
    written = call(name, latex)

    def formula(x: Any, y: Any) -> Any:
        for one, other in ((x, y), (y, x)):
            if not isinstance(one, Formula):
                return decisive if bool(one) == decisive else other
        return written(x, y)

    return formula


_FLOOR = call("floor", r"\operatorname{floor}")
_LOG, _LOG_2 = call("log", r"\ln"), call("log2", r"\log_2")

FORMULAS: dict[str, Notation] = {
    "square": lambda x: x**2,
    "power": lambda x, y: x**y,
    "sqrt": lambda x: Root(lift(x)),
    "exp": lambda x: E**x,
    "log": _LOG,
    "logaddexp": lambda x, y: _LOG(E**x + E**y),
    "sin": call("sin", r"\sin"),
    "cos": call("cos", r"\cos"),
    **{name: call(name, rf"\{name}") for name in ("tan", "arcsin", "arccos", "arctan")},
    **{name: call(name, rf"\{name}") for name in ("sinh", "cosh", "tanh")},
    "exp2": lambda x: 2**x,
    "log2": _LOG_2,
    "logaddexp2": lambda x, y: _LOG_2(2**x + 2**y),
    "log10": call("log10", r"\log_{10}"),
    "hypot": lambda x, y: Root(lift(x) ** 2 + lift(y) ** 2),
    "absolute": lambda x: AbsoluteValue(lift(x)),
    "maximum": call("max", r"\max"),
    "minimum": call("min", r"\min"),
    "remainder": call("mod", r"\operatorname{mod}"),
    "floor_divide": lambda x, y: _FLOOR(lift(x) / y),
    "logical_and": _connective("logical_and", r"\operatorname{and}", decisive=False),
    "logical_or": _connective("logical_or", r"\operatorname{or}", decisive=True),
    "logical_xor": call("logical_xor", r"\operatorname{xor}"),
    "logical_not": call("logical_not", r"\operatorname{not}"),
    "less": _relation("<"),
    "less_equal": _relation("≤"),
    "greater": _relation(">"),
    "greater_equal": _relation("≥"),
    "equal": _relation("="),
    "not_equal": _relation("≠"),
}
"""By the name of a NumPy function, the formula for numbers or formulas."""


class FormulaArray(np.ndarray[Any, np.dtype[Any]]):
    """An array of formulas, to which NumPy's functions apply.

    >>> from chainrule.formula import Symbol
    >>> z = np.asarray([Symbol("a"), Symbol("b")], dtype=object).view(FormulaArray)
    >>> print(np.log(np.sum(np.exp(z)))[()])
    log(e^a + e^b)
    """

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **options: Any) -> Any:
        name, arrays = ufunc.__name__, [_plain(operand) for operand in operands]
        if method == "reduce" and name in ("maximum", "minimum"):
            return _extreme(name, arrays[0], options["axis"], options["keepdims"])
        if method == "__call__" and name not in ARITHMETIC:
            formula = FORMULAS.get(name) or call(name, rf"\operatorname{{{name}}}")
            return entrywise(formula)(*arrays)
        if "out" in options:
            options["out"] = tuple(map(_plain, options["out"]))
        return _as_formulas(getattr(ufunc, method)(*arrays, **options))

    def astype(self, *_: Any, **__: Any) -> Self:
        """Return the array itself: a formula has no dtype."""
        return self

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        if function is np.where:
            return entrywise(_choice)(*args)
        numbers = {key: lift(v) if isinstance(v, float) else v for key, v in options.items()}
        return super().__array_function__(function, types, args, numbers)


def entrywise(formula: Notation) -> Callable[..., FormulaArray]:
    """Return the function of arrays, with broadcasting, whose entries are given by `formula`."""

    def applied(*operands: Any, **params: Any) -> FormulaArray:
        ufunc = np.frompyfunc(functools.partial(formula, **params), len(operands), 1)
        return _as_formulas(ufunc(*map(_plain, operands)))

    return applied


def written(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return how a function of NumPy arrays is written: it is applied to arrays of formulas.

    Floating-point numbers count as formulas; integers and booleans, such as indices, do not.
    """

    def notation(*operands: Any, **params: Any) -> Any:
        arrays = map(np.asarray, operands)
        found: Any = function(
            *(_as_formulas(a) if a.dtype.kind in "fO" else a for a in arrays), **params
        )
        if isinstance(found, tuple):
            return tuple(map(_objects, cast(tuple[Any, ...], found)))
        return _objects(found)

    return notation


def _extreme(name: str, array: NDArray[Any], axis: tuple[int, ...], keepdims: bool) -> FormulaArray:
    """The maximum or minimum along axes: the name, and all entries in parentheses."""
    kept = array.ndim - len(axis)
    lines = np.moveaxis(array, axis, range(kept, array.ndim))
    lines = lines.reshape(*lines.shape[:kept], math.prod(lines.shape[kept:]))

    def listed(line: NDArray[Any]) -> Formula:
        return FORMULAS[name](*line)

    found = np.vectorize(listed, [object], signature="(n)->()")(lines)
    return _as_formulas(np.expand_dims(found, axis) if keepdims else found)


def _objects(found: Any) -> NDArray[Any]:
    return np.asarray(found, dtype=object)


def _as_formulas(found: Any) -> FormulaArray:
    return _objects(found).view(FormulaArray)


def _plain(operand: Any) -> Any:
    """The operand as an array of objects; a parameter, such as an exponent, as a formula."""
    if isinstance(operand, FormulaArray):
        return operand.view(np.ndarray)
    return lift(operand) if isinstance(operand, float) else operand
