"""Primitives that the machine has no operation for: kernels from their own values, or calls."""

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
from chainrule.engine.kernels import custom
from chainrule.graph import Primitive
from chainrule.nn import Layer
from chainrule.nn.scope import Scope
from chainrule.ops.define import apply, elementwise, floating
from chainrule.ops.losses import cross_entropy
from chainrule.ops.registry import PRIMITIVES
from chainrule.train.optimizers import Adam
from chainrule.train.steps.compiled import CompiledStepper
from engine.running import agree, compare, planned
from program.checker import check

DTYPES = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["f64", "f32"])
SCALE = 0.7
Define = Callable[..., Primitive]


@pytest.fixture
def define() -> Iterator[Define]:
    """Defines primitives that are gone after the test."""
    known = set(PRIMITIVES)

    def made(value: Callable[..., Any], name: str = "of_a_test", arity: int = 1) -> Primitive:
        rules = (lambda g, y, *_: g * (1.0 + y**2),) * arity
        return elementwise(name, value, vjp=rules, notation=lambda *x: x[0], dtype=floating)

    yield made
    for name in set(PRIMITIVES) - known:
        del PRIMITIVES[name]


def bent(x: Any) -> Any:
    return np.where(x > 0, x, SCALE * x)


FACTOR = 2.5
VALUES: dict[str, tuple[int, Callable[..., Any]]] = {
    "of NumPy": (1, lambda x: np.tanh(x) + x),
    "with whole numbers": (1, lambda x: 2 * x**3 - 1),
    "with a helper": (1, lambda x: bent(x) * bent(-x)),
    "with constants of modules": (1, lambda x: np.sin(np.pi * x) * math.e),
    "of a dtype": (1, lambda x: np.maximum(x, np.zeros((), x.dtype)) + np.ones((), x.dtype)),
    "with numbers of a closure": (1, (lambda factor: lambda x: factor * np.exp(-x * x))(FACTOR)),
    "with a parameter": (1, lambda x, slope: np.where(x > slope, x, slope * x)),
    "with two parameters": (1, lambda x, low, high: np.clip(x, low, high)),
    "of two arrays": (2, lambda x, y: np.hypot(x, y)),
    "of two arrays and a parameter": (2, lambda x, y, share: x + share * (y - x)),
    "of three arrays": (3, lambda x, y, z: x * y + np.cos(z)),
}
PARAMETERS = {"slope": 0.1, "low": -0.5, "high": 1, "share": 0.3}


@DTYPES
@pytest.mark.parametrize("kind", VALUES)
def test_a_value_becomes_a_kernel(define, kind, dtype):
    arity, value = VALUES[kind]
    made = define(value, arity=arity)
    names = value.__code__.co_varnames[arity : value.__code__.co_argcount]
    parameters = {name: PARAMETERS[name] for name in names}

    def function(*x: cr.Tensor) -> list[cr.Tensor]:
        plain = apply(made, *x, **parameters)
        transposed = apply(made, *(cr.transpose(v, (2, 1, 0)) for v in x), **parameters)
        wide = apply(made, *(v[:, :1] + x[0] for v in x), **parameters)
        return [plain, transposed + x[0], cr.sum(wide * plain, axis=1)]

    args = [np.random.default_rng(i).normal(size=(3, 5, 3)).astype(dtype) for i in range(arity)]
    program = agree(cr.trace(function, *args), args, dtype)
    check(program)
    assert f"call {made.name}" not in str(program)
    assert made.name in str(program)


@DTYPES
def test_rows_longer_than_a_tile_walked_in_ways_of_their_own(dtype):
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
        lambda x: x * (1 + np.ndim(x)),  # of an array it is something else than of its entries
        lambda x: float(np.sum(x)) + x,
    ],
    ids=["not compiled", "another value", "of the whole array"],
)
def test_what_has_no_kernel_is_called(define, value, dtype):
    made = define(value)
    x = np.random.default_rng(0).normal(size=(3, 3)).astype(dtype)
    program = agree(cr.trace(lambda x: cr.tanh(apply(made, x)), x), [x], dtype)
    assert "call of_a_test" in str(program)


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
HELPERS = ModuleType("helpers")
vars(HELPERS).update(bent=bent, SHARE=0.3, deeper=ModuleType("deeper"))
vars(HELPERS.deeper).update(SHARE=0.6)

NUMBERS: dict[str, Callable[..., Any]] = {
    "everywhere": lambda x: 2 * np.tanh(x) + 0.5 * x**3 / SCALE - bent(x) * 0.1,
    "small whole numbers": lambda x: 3 * x - 1 + x / 7,
    "a default": lambda x: with_default(x),
    "of a nested function": nested,
    "of a function given to another": lambda x: twice(lambda y: 0.3 * y + HELPERS.SHARE, x),
    "of a function that calls itself": lambda x: power(x, 3) * 0.3,
    "of a tuple": polynomial,
    "unpacked": unpacked,
    "of a module in a variable": of_a_local_module,
    "of modules": lambda x: HELPERS.bent(x) * HELPERS.SHARE + HELPERS.deeper.SHARE,
    "functions without their module": lambda x: ones((), x.dtype) - 0.3 * exp(-x),
    "of a closure": (lambda factor, of: lambda x: factor * of(x))(FACTOR, bent),
}


def test_parameters_leave_float32_as_it_is(define):
    made = define(lambda x, slope: 2 * np.tanh(x) - bent(x) * slope)
    kernel = custom._kernel(made, np.dtype(np.float32), 1, ("slope",))
    assert "double" not in kernel.inspect_llvm()


@DTYPES
@pytest.mark.parametrize("kind", NUMBERS)
def test_numbers_take_the_dtype(define, kind, dtype):
    """float32 stays float32, and the kernel comes to what the value comes to."""
    made = define(NUMBERS[kind])
    kernel = custom._kernel(made, np.dtype(dtype), 1, ())
    assert kernel is not None
    assert dtype is np.float64 or "double" not in kernel.inspect_llvm()
    x = np.random.default_rng(0).normal(size=100).astype(dtype)
    compare(called(kernel, x), made.value(x), np.dtype(dtype))


def called(kernel: Any, x: np.ndarray) -> np.ndarray:
    """A kernel of one array, applied to it."""
    found = np.empty_like(x)
    custom.CALL(kernel.address)(found.ctypes.data, *[x.ctypes.data] * custom.OPERANDS, len(x))
    return found


def test_compiled_once_and_kept_apart(define):
    one, dtype = define(lambda x: x + 1.0), np.dtype(float)
    del PRIMITIVES["of_a_test"]
    other = define(lambda x: x + 2.0)
    places = {custom.KERNELS.address(made, dtype, 1, ()) for made in (one, other, one)}
    assert len(places) == 2
    x = np.arange(3.0)
    agree(cr.trace(lambda x: [apply(one, x), apply(other, x), apply(one, x)], x), [x])


def test_whole_numbers_are_called(define):
    made = define(lambda x: x / 2)
    program = planned(cr.trace(lambda x: apply(made, x), np.arange(3)))
    assert "call of_a_test" in str(program)


def test_networks_of_it_train_inside_the_machine(define):
    made = define(lambda x: np.tan(np.clip(x, -1.0, 1.0)))

    class Bend(Layer):
        def apply(self, scope: Scope, x: cr.Tensor) -> cr.Tensor:
            return apply(made, x)

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(64, 8)).astype(np.float32), rng.integers(0, 3, 64)
    model = nn.Sequential(nn.Linear(8, 16), Bend(), nn.Linear(16, 3))
    stepper = CompiledStepper(model, cross_entropy, Adam(), x, y)
    stepper.run([np.arange(32), np.arange(32, 64)], 0.01)
    assert stepper._steps[32].runner.compiled
