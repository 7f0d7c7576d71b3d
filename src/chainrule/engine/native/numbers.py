"""Numbers, or vectors of them, that only exist as instructions which compute them."""

from __future__ import annotations

from typing import Any, Self, final

from llvmlite import ir

from chainrule.engine.compile import FASTMATH

__all__ = ["Number", "choose"]

FLAGS = tuple(sorted(FASTMATH))

Operand = "Number | float"


@final
class Number:
    """A floating-point number, or each of a vector, with the operators of Python's."""

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder, self.value = builder, value
        self.kind = value.type
        self.number = self.kind.element if isinstance(self.kind, ir.VectorType) else self.kind
        self.single = isinstance(self.number, ir.FloatType)

    def like(self, kind: Any) -> Any:
        """The type of as many of another kind."""
        return ir.VectorType(kind, self.kind.count) if self.kind is not self.number else kind

    def of(self, constant: float) -> Number:
        """A constant as this number's type."""
        return Number(self.builder, _constant(self.kind, constant))

    def __add__(self, other: Operand) -> Number:
        return self._made("fadd", other)

    def __sub__(self, other: Operand) -> Number:
        return self._made("fsub", other)

    def __mul__(self, other: Operand) -> Number:
        return self._made("fmul", other)

    def __truediv__(self, other: Operand) -> Number:
        return self._made("fdiv", other)

    def __neg__(self) -> Number:
        return Number(self.builder, self.builder.fneg(self.value))

    def compare(self, how: str, other: Operand) -> Any:
        """Where `how` ("<", "==", …) holds; nothing holds of what is no number, but "!="."""
        right = self._operand(other)
        if how == "!=":
            return self.builder.fcmp_unordered(how, self.value, right)
        return self.builder.fcmp_ordered(how, self.value, right)

    def at_least(self, bound: float) -> Number:
        """The larger of both; the bound for what is no number."""
        return choose(self.compare(">", bound), self, self.of(bound))

    def at_most(self, bound: float) -> Number:
        """The smaller of both; the bound for what is no number."""
        return choose(self.compare("<", bound), self, self.of(bound))

    def called(self, name: str) -> Number:
        """A function that the compiler knows ("floor", "sqrt", "fabs") of it."""
        lanes = f"v{self.kind.count}" if self.kind is not self.number else ""
        symbol = f"llvm.{name}.{lanes}{self.number.intrinsic_name}"
        known = self.builder.module.globals
        function = known.get(symbol) or ir.Function(
            self.builder.module, ir.FunctionType(self.kind, [self.kind]), symbol
        )
        return Number(self.builder, self.builder.call(function, [self.value]))

    def _operand(self, other: Operand) -> Any:
        return other.value if isinstance(other, Number) else _constant(self.kind, other)

    def _made(self, operation: str, other: Operand) -> Number:
        make = getattr(self.builder, operation)
        return Number(self.builder, make(self.value, self._operand(other), flags=FLAGS))


def choose(where: Any, one: Number, other: Number) -> Number:
    """One number where a comparison holds, else the other."""
    return Number(one.builder, one.builder.select(where, one.value, other.value))


def _constant(kind: Any, number: float) -> Any:
    if isinstance(kind, ir.VectorType):
        return ir.Constant(kind, [number] * kind.count)
    return ir.Constant(kind, number)
