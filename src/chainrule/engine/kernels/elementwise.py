"""Elementwise operations on contiguous regions of an arena."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import types

from chainrule.engine.jit.compile import inner
from chainrule.engine.jit.numba_internals import array_struct
from chainrule.engine.opcodes import ELEMENTWISE
from chainrule.engine.simd.intrinsics import call_c_function, intrinsic
from chainrule.engine.simd.kernel_math import exp, log, sigmoid, silu, tanh

__all__ = ["apply_elementwise"]

COPY, ADD, SUB, MUL, DIV = (ELEMENTWISE[name] for name in ("copy", "add", "sub", "mul", "div"))
NEG, ABS, SIGN, SQRT, SQUARE = (ELEMENTWISE[n] for n in ("neg", "abs", "sign", "sqrt", "square"))
EXP, LOG, LOG1P, EXPM1 = (ELEMENTWISE[n] for n in ("exp", "log", "log1p", "expm1"))
SIN, COS, TANH, SIGMOID, SOFTPLUS = (
    ELEMENTWISE[n] for n in ("sin", "cos", "tanh", "sigmoid", "softplus")
)
RELU, SILU, STEP, ERF, GELU = (ELEMENTWISE[n] for n in ("relu", "silu", "step", "erf", "gelu"))
GATE = ELEMENTWISE["gate"]
LEAKY_RELU, ELU, MAXIMUM, MINIMUM, WHERE = (
    ELEMENTWISE[n] for n in ("leaky_relu", "elu", "maximum", "minimum", "where")
)
LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, EQUAL, NOT_EQUAL = (
    ELEMENTWISE[n] for n in ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")
)
POWER, CONSTANT_POWER = ELEMENTWISE["pow"], ELEMENTWISE["constant_power"]
OPERATIONS = len(ELEMENTWISE)


@intrinsic
def _call(typing: Any, address: Any, out: Any, x: Any, y: Any, z: Any) -> Any:
    """Call the kernel at an address: see `chainrule.engine.kernels.custom_primitives`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        arrays = [
            array_struct(context, builder, kind, array)
            for kind, array in zip(signature.args[1:], arguments[1:], strict=True)
        ]
        operands = [*(array.data for array in arrays), arrays[0].nitems]
        call_c_function(builder, arguments[0], operands)
        return context.get_dummy_value()

    return types.void(types.int64, out, x, y, z), generate


@inner
def apply_elementwise(op, out, x, y, z, p):
    """out = op(x, y, z), entry by entry; `p` is the operation's parameter.

    `op` is the number of an operation, or the address of a custom primitive's kernel.
    """
    n = len(out)
    one, zero = out.dtype.type(1), out.dtype.type(0)
    if op == COPY:
        for i in range(n):
            out[i] = x[i]
    elif op == ADD:
        for i in range(n):
            out[i] = x[i] + y[i]
    elif op == SUB:
        for i in range(n):
            out[i] = x[i] - y[i]
    elif op == MUL:
        for i in range(n):
            out[i] = x[i] * y[i]
    elif op == DIV:
        for i in range(n):
            out[i] = x[i] / y[i]
    elif op == NEG:
        for i in range(n):
            out[i] = -x[i]
    elif op == RELU:
        for i in range(n):
            out[i] = x[i] if not x[i] <= zero else zero
    elif op == WHERE:
        for i in range(n):
            chosen, otherwise = y[i], z[i]  # reading both avoids a branch
            out[i] = chosen if x[i] != zero else otherwise
    elif op == GATE:
        for i in range(n):
            through = y[i]
            out[i] = through if x[i] > zero else zero
    elif op == GREATER:
        for i in range(n):
            out[i] = one if x[i] > y[i] else zero
    elif op == GREATER_EQUAL:
        for i in range(n):
            out[i] = one if x[i] >= y[i] else zero
    elif op == LESS:
        for i in range(n):
            out[i] = one if x[i] < y[i] else zero
    elif op == LESS_EQUAL:
        for i in range(n):
            out[i] = one if x[i] <= y[i] else zero
    elif op == EQUAL:
        for i in range(n):
            out[i] = one if x[i] == y[i] else zero
    elif op == NOT_EQUAL:
        for i in range(n):
            out[i] = one if x[i] != y[i] else zero
    elif op == SQRT:
        for i in range(n):
            out[i] = np.sqrt(x[i])
    elif op == SQUARE:
        for i in range(n):
            out[i] = x[i] * x[i]
    elif op == ABS:
        for i in range(n):
            out[i] = abs(x[i])
    elif op == SIGN:
        for i in range(n):
            out[i] = one if x[i] > zero else -one if x[i] < zero else x[i]
    elif op == STEP:
        for i in range(n):
            out[i] = one if x[i] >= zero else zero if x[i] < zero else x[i]
    elif op == LEAKY_RELU:
        slope = out.dtype.type(p)
        for i in range(n):
            out[i] = x[i] if x[i] > zero else slope * x[i]
    elif op == MAXIMUM:
        for i in range(n):
            out[i] = y[i] if not x[i] >= y[i] and x[i] == x[i] else x[i]
    elif op == MINIMUM:
        for i in range(n):
            out[i] = y[i] if not x[i] <= y[i] and x[i] == x[i] else x[i]
    elif op == EXP:
        for i in range(n):
            out[i] = exp(x[i])
    elif op == SIGMOID:
        for i in range(n):
            out[i] = sigmoid(x[i])
    elif op == TANH:
        for i in range(n):
            out[i] = tanh(x[i])
    elif op == SILU:
        for i in range(n):
            out[i] = silu(x[i])
    elif op < OPERATIONS:
        _apply_scalar(op, out, x, y, p)
    else:
        _call(op, out, x, y, z)


@inner
def _apply_scalar(op, out, x, y, p):
    """Operations that call the C library, one entry at a time."""
    n, zero = len(out), out.dtype.type(0)
    if op == LOG:
        for i in range(n):
            out[i] = log(x[i])
    elif op == LOG1P:
        for i in range(n):
            out[i] = np.log1p(x[i])
    elif op == EXPM1:
        for i in range(n):
            out[i] = np.expm1(x[i])
    elif op == SIN:
        for i in range(n):
            out[i] = np.sin(x[i])
    elif op == COS:
        for i in range(n):
            out[i] = np.cos(x[i])
    elif op == SOFTPLUS:
        for i in range(n):
            out[i] = np.maximum(x[i], zero) + np.log1p(exp(-abs(x[i])))
    elif op == ERF:
        for i in range(n):
            out[i] = math.erf(x[i])
    elif op == GELU:
        for i in range(n):
            out[i] = x[i] * math.erfc(-x[i] * 0.7071067811865476) / 2
    elif op == ELU:
        for i in range(n):
            out[i] = x[i] if x[i] > zero else p * np.expm1(x[i])
    elif op == POWER:
        for i in range(n):
            out[i] = x[i] ** y[i]
    elif op == CONSTANT_POWER:
        for i in range(n):
            out[i] = x[i] ** p
