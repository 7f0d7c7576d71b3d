"""Numbers whose arithmetic emits LLVM instructions instead of computing a result.

A number is a scalar or a vector of any length.  So one formula serves both kernels, which apply it
to one number at a time, and functions that are emitted for vectors.  NumPy's functions accept
numbers, too, as far as `numpy_functions` has formulas for them: the value of an elementwise
primitive, which is written with NumPy, is a formula as it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import numpy as np
from llvmlite import ir

from chainrule.engine.simd.ir_integer import Integer, constant

__all__ = ["FORMULAS", "Condition", "Number", "polynomial", "select"]

FLAGS = "contract", "nsz"
"""What LLVM may change; formulas rely on the order of operations, so it may not reorder them."""

FORMULAS: dict[str, Callable[..., Any]] = {}
"""By the name of a NumPy function, its formula: see `numpy_functions`, which fills this table."""


class _Operand:
    """What NumPy's functions and Python's operators combine: a number or a condition."""

    builder: Any

    def as_number(self) -> Number:
        """The number itself; 1 or 0 for a condition."""
        raise NotImplementedError

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **options: Any) -> Any:
        number = self.as_number()
        same_dtype = options.pop("dtype", number.dtype) == number.dtype
        if method != "__call__" or options or not same_dtype or ufunc.__name__ not in FORMULAS:
            return NotImplemented
        return FORMULAS[ufunc.__name__](*(number.lifted(operand) for operand in operands))

    def __array_function__(self, function: Any, _: Any, operands: Any, options: Any) -> Any:
        if options or function.__name__ not in FORMULAS:
            return NotImplemented
        number = self.as_number()
        return FORMULAS[function.__name__](*(number.lifted(operand) for operand in operands))

    def _apply(self, name: str, other: Any, *, reflected: bool = False) -> Any:
        number = self.as_number()
        operands = number, number.lifted(other)
        return FORMULAS[name](*(operands[::-1] if reflected else operands))

    def __bool__(self) -> bool:
        raise TypeError("a formula must not branch: the numbers are not known; use np.where")


@final
class Number(_Operand):
    """A floating-point value, or a vector of them, with Python's arithmetic operators.

    `known` is the value of a constant.
    """

    def __init__(self, builder: Any, value: Any, known: float | None = None) -> None:
        self.builder, self.value, self.known = builder, value, known
        self.type = value.type
        vector = isinstance(self.type, ir.VectorType)
        self.element_type = self.type.element if vector else self.type
        self.is_single = isinstance(self.element_type, ir.FloatType)

    def constant(self, value: float) -> Number:
        """A constant of this number's type."""
        return Number(self.builder, constant(self.type, value), value)

    def lifted(self, operand: Any) -> Any:
        """A Python number or NumPy scalar as a constant; a number or condition unchanged."""
        if isinstance(operand, (Number, Condition)):
            return operand
        if np.ndim(operand) == 0:
            return self.constant(float(operand))
        raise TypeError(f"an elementwise formula got an array: {type(operand).__name__}")

    def as_number(self) -> Number:
        return self

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the arrays whose entries the number stands for."""
        return np.dtype(np.float32 if self.is_single else np.float64)

    def astype(self, dtype: Any, copy: bool = True) -> Number:
        """The number itself, as far as the dtype is its own."""
        if np.dtype(dtype) != self.dtype:
            raise TypeError(f"a formula computes in {self.dtype}, not in {np.dtype(dtype)}")
        return self

    def __add__(self, other: Number | float) -> Number:
        return self._binary("fadd", other)

    def __sub__(self, other: Number | float) -> Number:
        return self._binary("fsub", other)

    def __mul__(self, other: Number | float) -> Number:
        return self._binary("fmul", other)

    def __truediv__(self, other: Number | float) -> Number:
        return self._binary("fdiv", other)

    def __radd__(self, other: float) -> Number:
        return self.constant(other) + self

    def __rsub__(self, other: float) -> Number:
        return self.constant(other) - self

    def __rmul__(self, other: float) -> Number:
        return self.constant(other) * self

    def __rtruediv__(self, other: float) -> Number:
        return self.constant(other) / self

    def __pow__(self, other: Number | float) -> Number:
        return self._apply("power", other)

    def __rpow__(self, other: float) -> Number:
        return self._apply("power", other, reflected=True)

    def __abs__(self) -> Number:
        return self.abs()

    def __pos__(self) -> Number:
        return self

    def __lt__(self, other: Number | float) -> Condition:
        return self.condition("<", other)

    def __le__(self, other: Number | float) -> Condition:
        return self.condition("<=", other)

    def __gt__(self, other: Number | float) -> Condition:
        return self.condition(">", other)

    def __ge__(self, other: Number | float) -> Condition:
        return self.condition(">=", other)

    def __eq__(self, other: object) -> Any:
        return self._apply("equal", other)

    def __ne__(self, other: object) -> Any:
        return self._apply("not_equal", other)

    __hash__ = None  # type: ignore[assignment]

    def divide_approximately(self, other: Number) -> Number:
        """The quotient, exact except for its last two bits; `other` is neither 0 nor infinite.

        In single precision, on processors that estimate reciprocals, it takes half the time.
        """
        flags = (*FLAGS, "arcp", "ninf")
        return Number(self.builder, self.builder.fdiv(self.value, other.value, flags=flags))

    def __neg__(self) -> Number:
        return Number(self.builder, self.builder.fneg(self.value))

    def compare(self, operator: str, other: Number | float) -> Any:
        """The comparison by "<", "==", …; with NaN all are false, except "!=", which is true."""
        right = self._operand(other)
        if operator == "!=":
            return self.builder.fcmp_unordered(operator, self.value, right)
        return self.builder.fcmp_ordered(operator, self.value, right)

    def condition(self, operator: str, other: Number | float) -> Condition:
        """The comparison by "<", "==", … as a `Condition`."""
        return Condition(self, self.compare(operator, other))

    def at_least(self, bound: Number | float) -> Number:
        """The larger of the number and the bound; the bound for NaN."""
        return select(self.compare(">", bound), self, Number(self.builder, self._operand(bound)))

    def at_most(self, bound: Number | float) -> Number:
        """The smaller of the number and the bound; the bound for NaN."""
        return select(self.compare("<", bound), self, Number(self.builder, self._operand(bound)))

    def abs(self) -> Number:
        """The absolute value."""
        return self._call("fabs")

    def sqrt(self) -> Number:
        """The square root."""
        return self._call("sqrt")

    def floor(self) -> Number:
        """The largest whole number that is not larger."""
        return self._call("floor")

    def call_c(self, name: str, *others: Number) -> Number:
        """The result of a function of the C library, called for one lane after the other.

        `name` is that of the function for float64; `lanewise` is set on the module.
        """
        builder, module = self.builder, self.builder.module
        module.lanewise = True
        symbol, operands = name + "f" * self.is_single, (self, *others)
        function = module.globals.get(symbol) or ir.Function(
            module, ir.FunctionType(self.element_type, [self.element_type] * len(operands)), symbol
        )
        if self.type is self.element_type:
            return Number(builder, builder.call(function, [x.value for x in operands]))
        result = ir.Constant(self.type, ir.Undefined)
        for lane in map(ir.IntType(32), range(self.type.count)):
            entries = [builder.extract_element(x.value, lane) for x in operands]
            result = builder.insert_element(result, builder.call(function, entries), lane)
        return Number(builder, result)

    def widened(self) -> Number:
        """The number in double precision."""
        if not self.is_single:
            return self
        double = ir.DoubleType()
        vector = self.type is not self.element_type
        wide = ir.VectorType(double, self.type.count) if vector else double
        return Number(self.builder, self.builder.fpext(self.value, wide))

    def rounded_like(self, like: Number) -> Number:
        """The number in the precision of `like`."""
        if self.type == like.type:
            return self
        return Number(self.builder, self.builder.fptrunc(self.value, like.type))

    def _call(self, name: str) -> Number:
        """The result of an LLVM intrinsic of one argument."""
        lanes = f"v{self.type.count}" if self.type is not self.element_type else ""
        symbol = f"llvm.{name}.{lanes}{self.element_type.intrinsic_name}"
        module = self.builder.module
        function = module.globals.get(symbol) or ir.Function(
            module, ir.FunctionType(self.type, [self.type]), symbol
        )
        return Number(self.builder, self.builder.call(function, [self.value]))

    def to_integer(self) -> Integer:
        """The number as an integer, rounded towards 0."""
        return Integer(self.builder, self.builder.fptosi(self.value, self._integer_type()))

    def bits(self) -> Integer:
        """The bits of the number, read as an integer."""
        return Integer(self.builder, self.builder.bitcast(self.value, self._integer_type()))

    def _integer_type(self) -> Any:
        element = ir.IntType(32 if self.is_single else 64)
        scalar = self.type is self.element_type
        return element if scalar else ir.VectorType(element, self.type.count)

    def _operand(self, other: Number | float) -> Any:
        if isinstance(other, _Operand):
            return other.as_number().value
        return constant(self.type, float(other))

    def _binary(self, instruction: str, other: Number | float) -> Number:
        emit = getattr(self.builder, instruction)
        return Number(self.builder, emit(self.value, self._operand(other), flags=FLAGS))


@final
class Condition(_Operand):
    """Whether something holds for a number, or for each entry of a vector."""

    def __init__(self, like: Number, value: Any) -> None:
        self.like, self.builder, self.value = like, like.builder, value

    def as_number(self) -> Number:
        return select(self.value, self.like.constant(1.0), self.like.constant(0.0))

    def __and__(self, other: Condition) -> Condition:
        return Condition(self.like, self.builder.and_(self.value, other.value))

    def __or__(self, other: Condition) -> Condition:
        return Condition(self.like, self.builder.or_(self.value, other.value))

    def __invert__(self) -> Condition:
        return Condition(self.like, self.builder.not_(self.value))

    def __mul__(self, other: Any) -> Any:
        return self._apply("multiply", other)

    def __rmul__(self, other: Any) -> Any:
        return self._apply("multiply", other, reflected=True)


def select(condition: Any, first: Number, second: Number) -> Number:
    """The first number where a comparison is true, else the second."""
    return Number(first.builder, first.builder.select(condition, first.value, second.value))


def polynomial(x: Number, *coefficients: float) -> Number:
    """Σ cᵢ·xⁿ⁻ⁱ, the coefficient of the highest power first (Horner's scheme)."""
    total = x.constant(coefficients[0])
    for coefficient in coefficients[1:]:
        total = total * x + coefficient
    return total
