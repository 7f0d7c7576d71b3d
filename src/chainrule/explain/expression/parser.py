"""Parses text such as `q = x + y; f = q * z` into a record, safely.

`notation` rewrites it into Python's syntax, and Python's own `ast` parses that.  Of its syntax tree
only numbers, names, arithmetic and calls of the functions in `vocabulary` are accepted.  Nothing is
ever executed as Python.
"""

from __future__ import annotations

import ast
import math
import sys
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

import chainrule.ops as ops
from chainrule.errors import ExpressionError, UnknownNameError
from chainrule.explain.expression.naming import completed, scalar_name
from chainrule.explain.expression.notation import (
    DOT,
    as_python,
    plain_name,
    refuse_keyword,
    short,
)
from chainrule.explain.expression.remedies import (
    missing_value,
    refusal,
    remedy_for,
    too_deep,
)
from chainrule.explain.expression.special_functions import ARGUMENTS as SPECIAL
from chainrule.explain.expression.special_functions import special
from chainrule.explain.expression.vocabulary import (
    BINARY,
    EXTREMES,
    FUNCTIONS,
    OPERATORS,
    RELATIONS,
    UNARY,
    WITH_NUMBERS,
)
from chainrule.ops import Tensor, variable
from chainrule.ops.shapes import copy
from chainrule.ops.tensor import constant

__all__ = ["Recorder"]

CONSTANTS = {"e": math.e, "pi": math.pi, "inf": math.inf}
"""Numbers with a name of their own, which a value of that name replaces."""

MAX_LENGTH = 20_000
"""Characters in an expression; more than that is better written in Python."""


class Recorder:
    """Records statement by statement; knows the tensors by name, and which names were used."""

    def __init__(self, text: str, values: Mapping[str, Any]) -> None:
        self.written = text
        self.names: dict[str, Tensor] = {}
        self.used: set[str] = set()
        for written, value in values.items():
            name = plain_name(written)
            if name is None:
                raise ExpressionError("value", expected="name=number", got=f"the name {written!r}")
            refuse_keyword(name)
            self.check_free(name)
            self.names[name] = variable(value, scalar_name(name))
            if not np.isfinite(self.names[name].value).all():
                raise ExpressionError(
                    "value", expected=f"a finite number for {name}", got=f"{value}"
                )
        if len(text) > MAX_LENGTH:
            raise ExpressionError(
                "expression",
                expected=f"at most {MAX_LENGTH} characters",
                got=f"{len(text)}",
                remedy="write it in Python and use cr.explain",
            )
        arrays = {name.partition("[")[0] for name in self.names}
        self.text = as_python(text, {*self.names, *arrays})

    def output(self, *, intermediates: bool) -> Tensor:
        """Record every statement; the last is the output, and results without a name get one."""
        output = None
        for statement in self.statements():
            output = self.statement(statement)
        if output is None:
            raise ExpressionError(
                "expression",
                expected="at least one statement",
                got="none",
                remedy='try "f = x * y"',
            )
        return completed(output, self.names, self.used, intermediates=intermediates)

    def only_value(self) -> Any:
        """The value of the only statement, as a number or nested lists of numbers."""
        match self.statements():
            case [ast.Expr(value=value)]:
                return self.numbers(value)
            case _:
                raise ExpressionError("value", expected="one number", got=short(self.written))

    def statements(self) -> list[ast.stmt]:
        try:
            with warnings.catch_warnings():  # of syntax that is refused below
                warnings.simplefilter("ignore")
                return ast.parse(self.text).body
        except (SyntaxError, ValueError) as error:
            where = getattr(error, "text", None) or self.text
            why, *_ = str(getattr(error, "msg", error)).split(";")
            raise ExpressionError(
                "expression",
                expected="arithmetic such as q = x + y; f = q * z",
                got=f"{short(where)} ({why})",
                remedy=remedy_for(where),
            ) from None
        except (MemoryError, RecursionError):
            raise too_deep() from None

    def statement(self, statement: ast.stmt) -> Tensor:
        try:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    return self.assign(name, self.value(value))
                case ast.Assign(
                    targets=[ast.Subscript(value=ast.Name(id=of), slice=index)], value=value
                ) if of not in self.names:
                    return self.assign(self.entry_name(of, index), self.value(value))
                case ast.Expr(value=value):
                    return self.value(value)
                case _:
                    raise self.forbidden(statement, "name = expression, or an expression")
        except RecursionError:
            raise too_deep() from None

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
            tensor = copy(tensor)  # a second name for the same value is a step of its own
        self.names[name] = tensor.named(scalar_name(name))
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
            case ast.Name(id=name) if name in CONSTANTS and name not in self.names:
                return constant(CONSTANTS[name])
            case ast.Name(id=name):
                return self.name(name.removeprefix("_" * (DOT in name)).replace(DOT, "."))
            case ast.List():
                return self.array(node)
            case ast.Attribute(value=of, attr="T"):
                return ops.transpose(self.value(of))
            case ast.IfExp(test=ast.Compare() as test, body=body, orelse=otherwise):
                return ops.where(self.value(test), self.value(body), self.value(otherwise))
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
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                return OPERATORS[type(op)](self.value(left), self.value(right))
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in RELATIONS:
                return RELATIONS[type(op)](self.value(left), self.value(right))
            case ast.Subscript(value=of, slice=index):
                return self.entry(node, of, index)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                return self.call(node, name, args)
            case _:
                raise self.forbidden(node, "numbers, names, + - * / ** and known functions")

    def literal(self, node: ast.expr) -> float | None:
        """The value of a number with its sign; None for anything else."""
        match node:
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant() as inner):
                number = self.literal(inner)
                return None if number is None else -number
            case ast.UnaryOp(op=ast.USub(), operand=ast.Name(id="inf") as inner):
                return -math.inf if self.literal(inner) else None
            case ast.Name(id="inf") if "inf" not in self.names:
                return math.inf
            case ast.Constant(value=bool()):
                return None
            case ast.Constant(value=int() | float() as value):
                # compared before it is converted, since an integer may have any length
                if not value <= sys.float_info.max:
                    raise self.forbidden(node, "a number below 1.8e308")
                return float(value)
            case _:
                return None

    def call(self, node: ast.expr, name: str, args: list[ast.expr]) -> Tensor:
        if name not in FUNCTIONS and name.lower() in FUNCTIONS:
            name = name.lower()  # ReLU, Sigmoid
        if name not in FUNCTIONS and name not in SPECIAL:
            if name.startswith("_"):
                raise self.forbidden(node, "a function of mathematics")
            raise UnknownNameError("function", name, sorted([*FUNCTIONS, *SPECIAL]))
        match len(args):
            case n if name in SPECIAL and n == SPECIAL[name]:
                return special(name)(*map(self.value, args))
            case n if name in WITH_NUMBERS and 1 <= n <= (3 if name == "clip" else 2):
                settings = [self.setting(name, arg) for arg in args[1:]]
                return WITH_NUMBERS[name](self.value(args[0]), *settings)
            case 1 if name in UNARY:
                return UNARY[name](self.value(args[0]))
            case 2 if name in BINARY:
                return BINARY[name](self.value(args[0]), self.value(args[1]))
            case 3 if name == "where":
                return ops.where(*map(self.value, args))
            case n if name in EXTREMES and n:
                over_entries, of_two = EXTREMES[name]
                extreme, *others = map(self.value, args)
                for other in others:
                    extreme = of_two(extreme, other)
                return extreme if others else over_entries(extreme)
            case _:
                two, three = name in BINARY, name == "where"
                wanted_arguments = SPECIAL.get(name, 2 if two else 3 if three else 1)
                number = ("one", "two", "three")[wanted_arguments - 1]
                wanted = f"{number} argument{'s' * (number != 'one')} for {name}"
                raise self.forbidden(node, wanted)

    def setting(self, name: str, node: ast.expr) -> float:
        """A number that is an option of a function, not an operand."""
        number = self.literal(node)
        if number is None:
            raise self.forbidden(node, f"numbers after the first argument of {name}")
        return number

    def entry(self, node: ast.expr, of: ast.expr, index: ast.expr) -> Tensor:
        """`x[0]`, `w[1, -1]`: one entry, or a row, counted from 0."""
        indices = self.indices(index)
        if indices is None:
            raise self.forbidden(node, "whole numbers in square brackets")
        if isinstance(of, ast.Name):
            name = f"{of.id}[{', '.join(map(str, indices))}]".replace(DOT, ".")
            if name in self.names:
                return self.name(name)
        return self.value(of)[indices]

    def entry_name(self, of: str, index: ast.expr) -> str:
        """The name of an entry that is assigned to, as in our output: `z[0] = …`."""
        indices = self.indices(index)
        if indices is None:
            raise self.forbidden(index, "whole numbers in square brackets")
        return f"{of}[{', '.join(map(str, indices))}]"

    def indices(self, index: ast.expr) -> tuple[int, ...] | None:
        parts = index.elts if isinstance(index, ast.Tuple) else [index]
        found = [self.literal(part) for part in parts]
        if any(i is None or not math.isfinite(i) or i != int(i) for i in found):
            return None
        return tuple(int(i) for i in found if i is not None)

    def array(self, node: ast.List) -> Tensor:
        """`[1, 2]` or `[[1, 2], [3, 4]]` as a constant."""
        lengths = {len(p.elts) if isinstance(p, ast.List) else None for p in node.elts}
        if not node.elts or len(lengths) > 1:
            raise self.forbidden(node, "rows of equal length in square brackets")
        try:
            return constant(np.array(self.numbers(node)))
        except ValueError as error:
            if isinstance(error, ExpressionError):
                raise
            raise self.forbidden(node, "rows of equal length in square brackets") from None

    def numbers(self, node: ast.expr) -> Any:
        """The value of a node that holds no names, as a number or as nested lists."""
        if isinstance(node, (ast.List, ast.Tuple)):
            return [self.numbers(part) for part in node.elts]
        names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        names -= {*FUNCTIONS, *SPECIAL}
        if not names <= CONSTANTS.keys() - self.names.keys():
            raise self.forbidden(node, "numbers in square brackets")
        found = self.value(node).value
        if found.shape:
            raise self.forbidden(node, "a number")
        return float(found)

    def name(self, name: str) -> Tensor:
        self.used.add(name)
        if name not in self.names:
            raise missing_value(name, list(self.names), list(CONSTANTS))
        return self.names[name]

    def forbidden(self, node: ast.AST, expected: str) -> ExpressionError:
        return refusal(ast.get_source_segment(self.text, node) or type(node).__name__, expected)
