"""The operators, comparisons and functions that an expression may use."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

import chainrule.ops as ops
from chainrule.explain.expression.special_functions import ARGUMENTS as SPECIAL
from chainrule.ops import Tensor
from chainrule.ops.dependence import Elementwise
from chainrule.ops.registry import FUNCTIONS as RECORDED
from chainrule.ops.registry import PRIMITIVES

__all__ = ["BINARY", "EXTREMES", "FUNCTIONS", "OPERATORS", "RELATIONS", "UNARY", "WITH_NUMBERS"]

OPERATORS: Mapping[type[ast.AST], Callable[..., Tensor]] = {
    ast.Add: ops.add,
    ast.Sub: ops.sub,
    ast.Mult: ops.mul,
    ast.Div: ops.div,
    ast.Pow: ops.power,
    ast.MatMult: ops.matmul,
}

RELATIONS: Mapping[type[ast.AST], Callable[..., Tensor]] = {
    ast.Lt: ops.less,
    ast.LtE: ops.less_equal,
    ast.Gt: ops.greater,
    ast.GtE: ops.greater_equal,
    ast.Eq: ops.equal,
    ast.NotEq: ops.not_equal,
}

WITH_NUMBERS: Mapping[str, Callable[..., Tensor]] = {
    "clip": ops.clip,
    "elu": ops.elu,
    "leaky_relu": ops.leaky_relu,
}
"""Functions whose arguments after the first are options, not operands: they have no gradient."""

OF_COMPLEX_NUMBERS = {"angle", "conj", "imag", "real"}
"""Expressions have real numbers, and may use these names for them."""

UNARY: Mapping[str, Callable[..., Tensor]] = {
    # every elementwise primitive of one operand, new ones included; not those whose names are free
    **{
        name: RECORDED[name]
        for name, primitive in PRIMITIVES.items()
        if isinstance(primitive.dependence, Elementwise)
        and len(primitive.dependence.rules) == 1
        and name in RECORDED.keys() - SPECIAL.keys() - OF_COMPLEX_NUMBERS
    },
    **{
        name: getattr(ops, name)
        for name in (
            *("cumsum", "det", "inv", "log_softmax", "logsumexp", "mean", "norm", "prod"),
            *("softmax", "std", "sum", "transpose", "var"),
        )
    },
    **{name: RECORDED[name] for name in ("cumprod", "diff", "flip", "median", "ptp", "sort")},
    "ln": ops.log,
}

BINARY: Mapping[str, Callable[..., Tensor]] = {
    "arctan2": ops.arctan2,
    "cross": ops.cross,
    "dot": ops.dot,
    "fmod": ops.fmod,
    "hypot": ops.hypot,
    "inner": ops.inner,
    "logaddexp": ops.logaddexp,
    "matmul": ops.matmul,
    "maximum": ops.maximum,
    "minimum": ops.minimum,
    "mod": ops.mod,
    "outer": ops.outer,
    "solve": ops.solve,
}

EXTREMES: Mapping[str, tuple[Callable[..., Tensor], Callable[..., Tensor]]] = {
    "max": (ops.max, ops.maximum),
    "min": (ops.min, ops.minimum),
}
"""For each name: the function over the entries of one argument, and that of two arguments."""

FUNCTIONS = sorted(
    {*UNARY, *BINARY, *WITH_NUMBERS, *EXTREMES, "where"} - {"constant_power", "neg", "copy"}
)
"""All functions that an expression may call."""
