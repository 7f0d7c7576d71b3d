"""Text expressions, read safely: `q = x + y; f = q * z` becomes a record.

The text is parsed by Python's own `ast` and walked with a list of what is allowed: numbers, names,
arithmetic, and calls of the functions below.  Nothing is ever evaluated as Python.
"""

from __future__ import annotations

import ast
import math
import sys
import unicodedata
import warnings
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

import numpy as np

import chainrule.ops as ops
from chainrule.errors import ExpressionError, UnknownNameError
from chainrule.graph import Graph
from chainrule.ops import Tensor, variable
from chainrule.ops.shape import copy
from chainrule.ops.tensor import constant

__all__ = ["FUNCTIONS", "read"]

_OPERATORS: dict[type[ast.AST], Callable[..., Tensor]] = {
    ast.Add: ops.add,
    ast.Sub: ops.sub,
    ast.Mult: ops.mul,
    ast.Div: ops.div,
    ast.Pow: ops.power,
    ast.MatMult: ops.matmul,
}

_UNARY: Mapping[str, Callable[..., Tensor]] = {
    name: getattr(ops, name)
    for name in (
        *("abs", "cos", "erf", "exp", "expm1", "gelu", "log", "log1p", "log_softmax", "logsumexp"),
        *("mean", "prod", "relu", "sigmoid", "sign", "silu", "sin", "softmax", "softplus", "sqrt"),
        *("square", "step", "sum", "tanh", "var"),
    )
} | {"ln": ops.log}

_BINARY: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "matmul": ops.matmul,
    "maximum": ops.maximum,
    "minimum": ops.minimum,
}

_WITH_NUMBER: dict[str, Callable[..., Tensor]] = {"elu": ops.elu, "leaky_relu": ops.leaky_relu}
"""Functions with a second argument that is a setting, no operand: it has no gradient."""

_EXTREMES: dict[str, tuple[Callable[..., Tensor], Callable[..., Tensor]]] = {
    "max": (ops.max, ops.maximum),
    "min": (ops.min, ops.minimum),
}

FUNCTIONS = sorted([*_UNARY, *_BINARY, *_WITH_NUMBER, *_EXTREMES])
"""What an expression may call."""

LONGEST = 20_000
"""Characters in an expression; more is a program, for which there is Python."""


def read(text: str, values: Mapping[str, Any], intermediates: bool = True) -> Tensor:
    """Record the statements of `text` with these values for its names; the last is the output.

    Names in `values` become variables.  Results without a name are called f1, f2, … (v1, v2, …
    where the text has an f1 of its own); without `intermediates` they get no name, and are parts
    of the results with one wherever a story is told in names.  `^` is a power, `e` Euler's number.

    Raises ExpressionError for anything but arithmetic, and for a name with no value or a value
    with no name in the text; UnknownNameError for a name that is near one there is.

    >>> f = read("q = x + y; f = q * z", {"x": -2, "y": 5, "z": -4})
    >>> f, f.gradients()["z"]
    (Tensor(-12.0), Tensor(3.0))
    """
    reader = _Reader(text, values)
    output = None
    for statement in reader.statements():
        output = reader.statement(statement)
    if output is None:
        raise ExpressionError(
            "expression", expected="at least one statement", got="none", remedy='try "f = x * y"'
        )
    return reader.finished(output, intermediates)


class _Reader:
    """The names known so far, and what was made of the text."""

    def __init__(self, text: str, values: Mapping[str, Any]) -> None:
        self.text = text.replace("^", "**").strip()
        self.names: dict[str, Tensor] = {}
        self.used: set[str] = set()
        for written, value in values.items():
            name = unicodedata.normalize("NFKC", written)  # as Python reads the text
            if not name.isidentifier():
                raise ExpressionError("value", expected="name=number", got=f"the name {name!r}")
            self.check_free(name)
            self.names[name] = variable(value, name)
            if not np.isfinite(self.names[name].value).all():
                raise ExpressionError(
                    "value", expected=f"a finite number for {name}", got=f"{value}"
                )

    def statements(self) -> list[ast.stmt]:
        if len(self.text) > LONGEST:
            raise ExpressionError(
                "expression",
                expected=f"at most {LONGEST} characters",
                got=f"{len(self.text)}",
                remedy="write it in Python and use cr.explain",
            )
        try:
            with warnings.catch_warnings():  # Python warns of what is refused below
                warnings.simplefilter("ignore")
                return ast.parse(self.text).body
        except (SyntaxError, ValueError) as error:
            where = getattr(error, "text", None) or self.text
            why, *_ = str(getattr(error, "msg", error)).split(";")
            raise ExpressionError(
                "expression",
                expected="arithmetic such as q = x + y; f = q * z",
                got=f"{_short(where)} ({why})",
            ) from None
        except (MemoryError, RecursionError):
            raise self.too_deep() from None

    def too_deep(self) -> ExpressionError:
        return ExpressionError(
            "expression",
            expected="parentheses and operators nested at most a few hundred deep",
            got="more",
            remedy="give parts of it names: a = …; b = …",
        )

    def statement(self, statement: ast.stmt) -> Tensor:
        try:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    return self.assign(name, self.value(value))
                case ast.Expr(value=value):
                    return self.value(value)
                case _:
                    raise self.forbidden(statement, "name = expression, or an expression")
        except RecursionError:
            raise self.too_deep() from None

    def assign(self, name: str, tensor: Tensor) -> Tensor:
        if name in self.names:
            raise ExpressionError(
                "expression",
                expected="every name to be given one value",
                got=f"{name!r} twice",
                remedy="use a new name for the new value",
            )
        self.check_free(name)
        if tensor.name is not None or tensor.node.primitive is None:
            tensor = copy(tensor)  # another name for the same value is a step of its own
        self.names[name] = tensor.named(name)
        return tensor

    def check_free(self, name: str) -> None:
        if name in FUNCTIONS or name == "e":
            raise ExpressionError(
                "expression",
                expected="a name of your own",
                got=f"{name!r}, which has a meaning here",
            )

    def value(self, node: ast.expr) -> Tensor:
        number = self.literal(node)
        if number is not None:
            return constant(number)
        match node:
            case ast.Name(id="e"):
                return constant(math.e)
            case ast.Name(id=name):
                return self.name(name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return ops.neg(self.value(operand))
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.value(operand)
            case ast.BinOp(left=ast.Name(id="e"), op=ast.Pow(), right=right):
                return ops.exp(self.value(right))
            case ast.BinOp(left=left, op=ast.Pow(), right=right) if (
                exponent := self.literal(right)
            ) is not None:
                return ops.power(self.value(left), exponent)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return _OPERATORS[type(op)](self.value(left), self.value(right))
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                return self.call(node, name, args)
            case _:
                raise self.forbidden(node, "numbers, names, + - * / ** and known functions")

    def literal(self, node: ast.expr) -> float | None:
        """The number that is written here, with its sign; None for anything else."""
        match node:
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant() as inner):
                number = self.literal(inner)
                return None if number is None else -number
            case ast.Constant(value=bool()):
                return None
            case ast.Constant(value=int() | float() as value):
                # an integer of any length is compared without being converted
                if not value <= sys.float_info.max:
                    raise self.forbidden(node, "a number below 1.8e308")
                return float(value)
            case _:
                return None

    def call(self, node: ast.expr, name: str, args: list[ast.expr]) -> Tensor:
        match len(args):
            case 1 if name in _UNARY:
                return _UNARY[name](self.value(args[0]))
            case 1 if name in _WITH_NUMBER:
                return _WITH_NUMBER[name](self.value(args[0]))
            case 2 if name in _WITH_NUMBER:
                setting = self.literal(args[1])
                if setting is None:
                    raise self.forbidden(args[1], f"a number as second argument of {name}")
                return _WITH_NUMBER[name](self.value(args[0]), setting)
            case 2 if name in _BINARY:
                return _BINARY[name](self.value(args[0]), self.value(args[1]))
            case n if name in _EXTREMES and n:
                over_entries, of_two = _EXTREMES[name]
                extreme, *others = map(self.value, args)
                for other in others:
                    extreme = of_two(extreme, other)
                return extreme if others else over_entries(extreme)
            case _ if name in FUNCTIONS:
                wanted = "two arguments" if name in _BINARY else "one argument"
                raise self.forbidden(node, f"{wanted} for {name}")
            case _ if name.startswith("_"):
                raise self.forbidden(node, "a function of mathematics")
            case _:
                raise UnknownNameError("function", name, FUNCTIONS)

    def name(self, name: str) -> Tensor:
        self.used.add(name)
        if name not in self.names:
            if not self.names:
                raise ExpressionError(
                    "expression",
                    expected=f"a value for {name}",
                    got="none",
                    remedy=f"give it as {name}=1.5",
                )
            raise UnknownNameError("name", name, list(self.names))
        return self.names[name]

    def forbidden(self, node: ast.AST, expected: str) -> ExpressionError:
        written = ast.get_source_segment(self.text, node)  # type: ignore[arg-type]
        return ExpressionError(
            "expression",
            expected=expected,
            got=_short(written or type(node).__name__),
            remedy="only arithmetic is read here, nothing is executed",
        )

    def finished(self, output: Tensor, intermediates: bool) -> Tensor:
        """Steps named, unused values refused, the last statement as the output."""
        unused = [n for n, t in self.names.items() if t.node.variable and n not in self.used]
        if unused:
            raise ExpressionError(
                "value",
                expected="values for names in the expression",
                got=f"{', '.join(unused)}, which it does not use",
                remedy="check the spelling",
            )
        if output.node.primitive is None:
            output = copy(output)
        taken = set(self.names)
        if output.name is None:
            output.named(next(n for n in _numbered("f", "out") if n not in taken))
            taken.add(output.name or "")
        stem = "v" if any(n[0] == "f" and n[1:].isdigit() for n in taken) else "f"
        free = (name for name in _numbered(stem) if name[1:] and name not in taken)
        for node in Graph.of([output.node]).nodes if intermediates else ():
            if node.primitive is not None and node.name is None:
                node.name = next(free)
        return output


def _numbered(*stems: str) -> Iterator[str]:
    """The stems as they are, then the last one with 1, 2, 3, …"""
    yield from stems
    yield from (f"{stems[-1]}{i}" for i in count(1))


def _short(text: str) -> str:
    text = text.strip()
    return repr(text if len(text) <= 60 else f"{text[:57]}…")
