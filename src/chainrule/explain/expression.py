"""Text expressions, read safely: `q = x + y; f = q * z` becomes a record.

The text is parsed by Python's own `ast` and walked with a list of what is allowed: numbers, names,
arithmetic, and calls of the functions below.  Nothing is ever evaluated as Python.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

import chainrule.ops as ops
from chainrule.errors import ChainruleError, ExpressionError, UnknownNameError
from chainrule.ops import Tensor, variable

__all__ = ["CALLS", "read"]

CALLS: dict[str, Callable[..., Tensor]] = {
    name: getattr(ops, name)
    for name in [
        "abs",
        "cos",
        "elu",
        "erf",
        "exp",
        "expm1",
        "gelu",
        "leaky_relu",
        "log",
        "log1p",
        "logsumexp",
        "log_softmax",
        "matmul",
        "maximum",
        "mean",
        "minimum",
        "prod",
        "relu",
        "sigmoid",
        "sign",
        "silu",
        "sin",
        "softmax",
        "softplus",
        "sqrt",
        "square",
        "step",
        "sum",
        "tanh",
        "var",
    ]
}
"""Functions an expression may call by their own name; `max`, `min` and `ln` too."""

_OPERATORS: dict[type[ast.AST], Callable[..., Tensor]] = {
    ast.Add: ops.add,
    ast.Sub: ops.sub,
    ast.Mult: ops.mul,
    ast.Div: ops.div,
    ast.Pow: ops.power,
    ast.MatMult: ops.matmul,
}

LONGEST = 20_000
"""Characters in an expression; more is a program, for which there is Python."""


def _extreme(pairwise: Callable[..., Tensor], over_axes: Callable[..., Tensor]) -> Any:
    def extreme(*arguments: Any) -> Tensor:
        if len(arguments) == 1:
            return over_axes(arguments[0])
        result = arguments[0]
        for argument in arguments[1:]:
            result = pairwise(result, argument)
        return result

    return extreme


CALLS |= {
    "ln": ops.log,
    "max": _extreme(ops.maximum, ops.max),
    "min": _extreme(ops.minimum, ops.min),
}


def read(text: str, values: Mapping[str, Any]) -> Tensor:
    """Record the statements of `text` with these values for its free names; the last one is the output.

    Names in `values` become variables.  Intermediate results without a name are called f1, f2, … (or
    v1, v2, … where the text uses an f).  Raises ExpressionError for anything but arithmetic and
    UnknownNameError for a name without a value.

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
    return reader.finished(output)


class _Reader:
    """The names known so far, and what was made of the text."""

    def __init__(self, text: str, values: Mapping[str, Any]) -> None:
        self.text = text
        self.names: dict[str, Tensor] = {}
        for name, value in values.items():
            if not name.isidentifier():
                raise ExpressionError("value", expected="name=number", got=f"the name {name!r}")
            if name in CALLS or name == "e":
                raise ExpressionError(
                    "value",
                    expected="a name of your own",
                    got=f"{name!r}, which has a meaning here",
                )
            self.names[name] = variable(value, name)
        self.made: list[Tensor] = list(self.names.values())
        self.used: set[str] = set()

    def statements(self) -> list[ast.stmt]:
        if len(self.text) > LONGEST:
            raise ExpressionError(
                "expression",
                expected=f"at most {LONGEST} characters",
                got=f"{len(self.text)}",
                remedy="write it in Python and use cr.explain",
            )
        try:
            return ast.parse(self.text.replace("^", "**").strip()).body
        except (SyntaxError, ValueError) as error:
            where = getattr(error, "text", None) or self.text
            raise ExpressionError(
                "expression",
                expected="arithmetic such as q = x + y; f = q * z",
                got=f"{where.strip()!r} ({getattr(error, 'msg', error)})",
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
        if name in CALLS or name == "e":
            raise ExpressionError(
                "expression",
                expected="a name of your own",
                got=f"{name!r}, which has a meaning here",
            )
        if tensor.name is not None or tensor.node.primitive is None:
            tensor = ops.mul(1.0, tensor)  # another name for the same value is a step of its own
            self.made.append(tensor)
        self.names[name] = tensor.named(name)
        return tensor

    def value(self, node: ast.expr) -> Tensor:
        match node:
            case (
                ast.Constant(value=bool() | complex()) | ast.Constant(value=str() | bytes() | None)
            ):
                raise self.forbidden(node, "a number")
            case ast.Constant(value=int() | float() as number):
                return ops.tensor.constant(self.number(node, number))
            case ast.Name(id="e"):
                return ops.exp(ops.tensor.constant(1.0))
            case ast.Name(id=name):
                return self.name(name)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
                return ops.tensor.constant(-self.number(node, number))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.record(ops.neg, self.value(operand))
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.value(operand)
            case ast.BinOp(left=ast.Name(id="e"), op=ast.Pow(), right=right) if (
                "e" not in self.names
            ):
                return self.record(ops.exp, self.value(right))
            case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int() | float() as n)):
                return self.record(ops.power, self.value(left), self.number(node, n))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return self.record(_OPERATORS[type(op)], self.value(left), self.value(right))
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in CALLS:
                return self.record(CALLS[name], *map(self.value, args))
            case ast.Call(func=ast.Name(id=name)) if name not in CALLS:
                raise UnknownNameError("function", name, sorted(CALLS))
            case _:
                raise self.forbidden(node, "numbers, names, + - * / ** and known functions")

    def number(self, node: ast.AST, number: int | float) -> float:
        try:
            return float(number)
        except OverflowError:
            raise self.forbidden(node, "a number below 1.8e308") from None

    def name(self, name: str) -> Tensor:
        self.used.add(name)
        if name not in self.names:
            known = list(self.names)
            if not known:
                raise ExpressionError(
                    "expression",
                    expected=f"a value for {name}",
                    got="none",
                    remedy=f"give it as {name}=1.5",
                )
            raise UnknownNameError("name", name, known)
        return self.names[name]

    def record(self, function: Callable[..., Tensor], *arguments: Any) -> Tensor:
        try:
            tensor = function(*arguments)
        except ChainruleError:
            raise
        except (TypeError, ValueError) as error:
            name = getattr(function, "__name__", "function")
            raise ExpressionError(name, expected="arguments it can take", got=str(error)) from None
        self.made.append(tensor)
        return tensor

    def forbidden(self, node: ast.AST, expected: str) -> ExpressionError:
        got = ast.get_source_segment(self.text, node) or type(node).__name__  # type: ignore[arg-type]
        return ExpressionError(
            "expression",
            expected=expected,
            got=f"{got[:60]!r}",
            remedy="only arithmetic is read here, nothing is executed",
        )

    def finished(self, output: Tensor) -> Tensor:
        """Every step named, unused values refused, the last statement as the output."""
        unused = [n for n, t in self.names.items() if t.node.variable and n not in self.used]
        if unused:
            raise ExpressionError(
                "value",
                expected="values for names in the expression",
                got=f"{', '.join(unused)}, which it does not use",
                remedy="check the spelling",
            )
        if output.node.primitive is None:
            output = ops.mul(1.0, output)
        taken = set(self.names)
        if output.name is None:
            output.named(next(n for n in ("f", "out", "result_") if n not in taken))
            taken.add(output.name or "")
        stem = "f" if not any(n[0] == "f" and n[1:].isdigit() for n in taken) else "v"
        for i, tensor in enumerate((t for t in self.made if t.name is None), start=1):
            tensor.named(f"{stem}{i}")
        return output
