"""Primitives without an operation of the engine: kernels compiled from their values, or calls."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy import exp, ones

import chainrule as cr
from chainrule import nn
from chainrule.engine import Runner
from chainrule.engine.kernels.custom_primitives import kernels
from chainrule.engine.kernels.elementwise_loops import Loop, can_run, loop_addresses
from chainrule.graph import Primitive
from chainrule.nn import Layer
from chainrule.nn.scope import Scope
from chainrule.ops.define import apply, elementwise, floating
from chainrule.ops.losses import cross_entropy
from chainrule.ops.registry import PRIMITIVES
from chainrule.train.optimizers import Adam
from chainrule.train.steps.compiled import CompiledStepper
from engine.comparison import agree, compare, planned
from program.checker import check

DTYPES = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["f64", "f32"])
SCALE = 0.7
Define = Callable[..., Primitive]


@pytest.fixture
def define() -> Iterator[Define]:
    """Defines primitives that are removed after the test."""
    known = set(PRIMITIVES)

    def define_one(value: Callable[..., Any], name: str = "of_a_test", arity: int = 1) -> Primitive:
        rules = (lambda g, y, *_: g * (1.0 + y**2),) * arity
        return elementwise(name, value, vjp=rules, notation=lambda *x: x[0], dtype=floating)

    yield define_one
    for name in set(PRIMITIVES) - known:
        del PRIMITIVES[name]


def two_slopes(x: Any) -> Any:
    return np.where(x > 0, x, SCALE * x)


FACTOR = 2.5
VALUES: dict[str, tuple[int, Callable[..., Any]]] = {
    "NumPy functions": (1, lambda x: np.tanh(x) + x),
    "integers": (1, lambda x: 2 * x**3 - 1),
    "a function of one's own": (1, lambda x: two_slopes(x) * two_slopes(-x)),
    "constants of modules": (1, lambda x: np.sin(np.pi * x) * math.e),
    "arrays of a dtype": (1, lambda x: np.maximum(x, np.zeros((), x.dtype)) + np.ones((), x.dtype)),
    "numbers of a closure": (1, (lambda factor: lambda x: factor * np.exp(-x * x))(FACTOR)),
    "a parameter": (1, lambda x, slope: np.where(x > slope, x, slope * x)),
    "two parameters": (1, lambda x, low, high: np.clip(x, low, high)),
    "two arrays": (2, lambda x, y: np.hypot(x, y)),
    "two arrays and a parameter": (2, lambda x, y, share: x + share * (y - x)),
    "three arrays": (3, lambda x, y, z: x * y + np.cos(z)),
}
PARAMETERS = {"slope": 0.1, "low": -0.5, "high": 1, "share": 0.3}


@DTYPES
@pytest.mark.parametrize("kind", VALUES)
def test_a_value_becomes_a_kernel(define, kind, dtype):
    arity, value = VALUES[kind]
    primitive = define(value, arity=arity)
    names = value.__code__.co_varnames[arity : value.__code__.co_argcount]
    parameters = {name: PARAMETERS[name] for name in names}

    def function(*x: cr.Tensor) -> list[cr.Tensor]:
        plain = apply(primitive, *x, **parameters)
        transposed = apply(primitive, *(cr.transpose(v, (2, 1, 0)) for v in x), **parameters)
        wide = apply(primitive, *(v[:, :1] + x[0] for v in x), **parameters)
        return [plain, transposed + x[0], cr.sum(wide * plain, axis=1)]

    args = [np.random.default_rng(i).normal(size=(3, 5, 3)).astype(dtype) for i in range(arity)]
    program = agree(cr.trace(function, *args), args, dtype)
    check(program)
    assert all(can_run(instruction, program.dtype) for instruction in program.instructions)
    assert primitive.name in str(program)


@DTYPES
def test_strided_rows_longer_than_a_tile(dtype):
    x = np.random.default_rng(0).normal(size=(2, 3, 1500)).astype(dtype)

    def function(x: cr.Tensor) -> list[cr.Tensor]:
        transposed = cr.transpose(x, (1, 0, 2))
        return [cr.sin(transposed), cr.transpose(x) * 2.0, transposed - cr.sin(transposed[:, ::-1])]

    check(agree(cr.trace(function, x), [x], dtype))


@DTYPES
@pytest.mark.parametrize(
    "value",
    [
        lambda x: np.asarray([math.cos(v) for v in x.ravel()]).reshape(x.shape),
        lambda x: x * (1 + np.ndim(x)),  # differs between an array and its entries
        lambda x: float(np.sum(x)) + x,
    ],
    ids=["does not compile", "another value", "uses the whole array"],
)
def test_primitives_without_a_kernel_are_called(define, value, dtype):
    primitive = define(value)
    x = np.random.default_rng(0).normal(size=(3, 3)).astype(dtype)
    program = agree(cr.trace(lambda x: cr.tanh(apply(primitive, x)), x), [x], dtype)
    assert not Runner(program).compiled


def with_default(x: Any, slope: float = 0.3) -> Any:
    return slope * x


def power(x: Any, n: int) -> Any:
    return x if n <= 1 else x * power(x, n - 1)


def twice(function: Callable[[Any], Any], x: Any) -> Any:
    return function(function(x))


def nested(x: Any) -> Any:
    def inside(y: Any) -> Any:
        return 0.3 * y - 2

    return inside(x) * inside(-x)


def unpacked(x: Any) -> Any:
    a, b = 0.3, -1.7
    return a * x + b


def polynomial(x: Any) -> Any:
    total = 1 - x
    for coefficient in COEFFICIENTS:
        total = total * x + coefficient
    return total


def of_a_local_module(x: Any) -> Any:
    numpy = np
    return numpy.pi * x


COEFFICIENTS = 0.3, -1.7, 0.9
MODULE = ModuleType("module")
vars(MODULE).update(two_slopes=two_slopes, SHARE=0.3, deeper=ModuleType("deeper"))
vars(MODULE.deeper).update(SHARE=0.6)

NUMBERS: dict[str, Callable[..., Any]] = {
    "in every position": lambda x: 2 * np.tanh(x) + 0.5 * x**3 / SCALE - two_slopes(x) * 0.1,
    "small integers": lambda x: 3 * x - 1 + x / 7,
    "a default": lambda x: with_default(x),
    "in a nested function": nested,
    "in a function passed to another": lambda x: twice(lambda y: 0.3 * y + MODULE.SHARE, x),
    "in a recursive function": lambda x: power(x, 3) * 0.3,
    "in a tuple": polynomial,
    "unpacked": unpacked,
    "in a module that is a local variable": of_a_local_module,
    "in modules": lambda x: MODULE.two_slopes(x) * MODULE.SHARE + MODULE.deeper.SHARE,
    "functions imported by name": lambda x: ones((), x.dtype) - 0.3 * exp(-x),
    "in a closure": (lambda factor, of: lambda x: factor * of(x))(FACTOR, two_slopes),
}


def test_parameters_do_not_promote_float32(define):
    primitive = define(lambda x, slope: 2 * np.tanh(x) - two_slopes(x) * slope)
    kernel = kernels.compile_value(primitive.value, ("slope",), 1, np.dtype(np.float32))
    assert "fpext" not in kernel.inspect_llvm()  # the parameter itself is a float64, and narrowed


@DTYPES
@pytest.mark.parametrize("kind", NUMBERS)
def test_numbers_take_the_dtype(define, kind, dtype):
    """float32 stays float32, and the kernel agrees with the value."""
    primitive = define(NUMBERS[kind])
    kernel = kernels.compile_value(primitive.value, (), 1, np.dtype(dtype))
    assert kernel is not None
    assert dtype is np.float64 or "double" not in kernel.inspect_llvm()
    x = np.random.default_rng(0).normal(size=100).astype(dtype)
    compare(called(kernel, x), primitive.value(x), np.dtype(dtype))


def called(kernel: Any, x: np.ndarray) -> np.ndarray:
    """Call a kernel of one array."""
    found = np.empty_like(x)
    arrays = [x.ctypes.data] * (kernels.MAX_OPERANDS + 1)
    kernels.CALL(kernel.address)(found.ctypes.data, *arrays, len(x))
    return found


def test_each_primitive_is_compiled_once(define):
    one, dtype = define(lambda x: x + 1.0), np.dtype(float)
    del PRIMITIVES["of_a_test"]
    other = define(lambda x: x + 2.0)
    loops = [Loop(primitive.value, (), 1) for primitive in (one, other, one)]
    assert len(set(loop_addresses(loops, dtype).values())) == 2
    x = np.arange(3.0)
    agree(cr.trace(lambda x: [apply(one, x), apply(other, x), apply(one, x)], x), [x])


def test_primitives_of_integers_are_called(define):
    primitive = define(lambda x: x / 2)
    program = planned(cr.trace(lambda x: apply(primitive, x), np.arange(3)))
    assert "call of_a_test" in str(program)


def test_networks_with_a_custom_primitive_train_in_compiled_code(define):
    primitive = define(lambda x: np.tan(np.clip(x, -1.0, 1.0)))

    class Activation(Layer):
        def apply(self, scope: Scope, x: cr.Tensor) -> cr.Tensor:
            return apply(primitive, x)

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(64, 8)).astype(np.float32), rng.integers(0, 3, 64)
    model = nn.Sequential(nn.Linear(8, 16), Activation(), nn.Linear(16, 3))
    stepper = CompiledStepper(model, cross_entropy, Adam(), {"x": x, "y": y})
    stepper.run([np.arange(32), np.arange(32, 64)], 0.01)
    assert stepper._steps[32].runner.compiled
