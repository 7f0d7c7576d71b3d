"""Formulas of NumPy's functions, against NumPy; and primitives written with them."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special

import chainrule as cr
from chainrule.engine.instructions import OPCODES
from chainrule.engine.kernels import elementwise_loops
from chainrule.engine.kernels.custom_primitives.kernels import CALL
from chainrule.engine.kernels.elementwise_loops import Loop, is_formula, loop_addresses
from chainrule.engine.simd.ir_number import FORMULAS
from chainrule.ops.define import apply, elementwise, floating
from chainrule.ops.registry import PRIMITIVES
from engine.comparison import agree, opcodes

POINTS = [np.nan, np.inf, -np.inf, 0.0, 1.0, -1.0, 0.25, -0.6, 1e-3, 2.5, -3.75, 20.0, 1e-30]
ARRAYS = ("zeros_like", "ones_like", "where", "clip")
TOLERANCE = {np.float64: 4e-15, np.float32: 2e-6}


def function(name: str) -> Callable[..., Any]:
    """NumPy's or SciPy's function, as one of arrays that returns numbers."""
    return getattr(np, name, None) or getattr(special, name)


def run(loop: Loop, *arrays: np.ndarray, params: tuple[float, ...] = ()) -> np.ndarray:
    """The results of a loop."""
    dtype, found = arrays[0].dtype, np.full_like(arrays[0], 7.0)
    numbers = np.array([*params, 0.0])
    operands = [*arrays, *arrays[:1] * 3][:3]
    address = loop_addresses([loop], dtype)[loop]
    assert address
    pointers = [array.ctypes.data for array in (found, *operands, numbers)]
    CALL(address)(*pointers, ctypes.c_int64(found.size))
    return found


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["f64", "f32"])
@pytest.mark.parametrize("name", sorted(FORMULAS))
def test_a_function_is_numpys_at_special_and_other_points(name, dtype):
    value = function(name)
    arity = {"where": 3, "clip": 3, "zeros_like": 1, "ones_like": 1}.get(name) or value.nin
    points = np.array(list(itertools.product(POINTS, repeat=arity)), dtype)
    arrays = [np.ascontiguousarray(column) for column in points.T]
    with np.errstate(all="ignore"):
        given = [arrays[0] != 0, *arrays[1:]] if name == "where" else arrays
        expected = np.asarray(value(*given)).astype(dtype)
    found = run(Loop(value, (), arity), *arrays)
    tiny = np.finfo(dtype).tiny
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE[dtype], atol=2 * tiny)


@pytest.mark.parametrize("n", [1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 100])
def test_a_loop_writes_its_numbers_and_no_other(n):
    for value in (np.square, np.sin):
        x = np.linspace(-1, 1, n + 9)
        found, loop = np.full_like(x, 7.0), Loop(value, (), 1)
        numbers = np.zeros(1)
        pointers = [array.ctypes.data for array in (found, x, x, x, numbers)]
        CALL(loop_addresses([loop], x.dtype)[loop])(*pointers, ctypes.c_int64(n))
        np.testing.assert_allclose(found[:n], value(x[:n]), rtol=1e-15)
        assert (found[n:] == 7.0).all()


def test_parameters_are_numbers_of_the_loop():
    loop = Loop(lambda x, low, high: np.clip(x, low, high) * high, ("low", "high"), 1)
    x = np.linspace(-2, 2, 21)
    for params in ((-1.0, 0.5), (0.0, 1.5)):
        found = run(loop, x, params=params)
        np.testing.assert_array_equal(found, np.clip(x, *params) * params[1])


@pytest.mark.parametrize(
    "value",
    [
        lambda x: x if x > 0 else -x,
        lambda x: np.sort(x),
        lambda x: x * np.arange(3.0),
        lambda x: np.power(x, 2, casting="same_kind"),
        lambda x: x.astype(np.int64) + 0.5,
        lambda x: x.sum() + x,
        lambda x: x * (1 + np.ndim(x)),
    ],
    ids=["branch", "sort", "array", "casting", "integers", "sum", "axes"],
)
def test_what_is_no_formula(value):
    assert not is_formula(Loop(value, (), 1))


def test_a_primitive_written_with_numpy_runs_as_machine_code(monkeypatch):
    """Its own block is all there is to write: Numba compiles nothing for it."""
    monkeypatch.setattr(elementwise_loops, "compiled_value", None)
    softsign = elementwise(
        "softsign_of_a_test",
        lambda x: x / (1.0 + np.abs(x)),
        vjp=(lambda g, y, x: g * (1.0 - cr.abs(y)) ** 2,),
        notation=lambda x: x,
        dtype=floating,
    )
    try:
        x = np.random.default_rng(0).normal(size=(6, 5))
        for dtype in (np.float64, np.float32):
            arg = x.astype(dtype)
            graph = cr.trace(lambda x: apply(softsign, 2.0 * x).sum(axis=0), arg)
            program = agree(graph, [arg], dtype)
            assert opcodes(program) == [OPCODES["native"]]
            assert "call " not in str(program)
    finally:
        del PRIMITIVES["softsign_of_a_test"]
