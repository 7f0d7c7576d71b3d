"""Kernels: loops over stretches of the arena, compiled once and kept on disk.

Every array is a stretch of one arena `A`, given by where it begins.  Loops are short and plain, so
that the compiler turns them into vector instructions.
"""

from __future__ import annotations

import math

import numpy as np

from chainrule.engine.compile import compiled
from chainrule.engine.opcodes import MAPS

__all__ = ["arranged", "multiply", "normalise", "one_hot", "reduce", "uniform"]

COPY, ADD, SUB, MUL, DIV = (MAPS[name] for name in ("copy", "add", "sub", "mul", "div"))
NEG, ABS, SIGN, SQRT, SQUARE = (MAPS[n] for n in ("neg", "abs", "sign", "sqrt", "square"))
EXP, LOG, LOG1P, EXPM1 = (MAPS[n] for n in ("exp", "log", "log1p", "expm1"))
SIN, COS, TANH, SIGMOID, SOFTPLUS = (MAPS[n] for n in ("sin", "cos", "tanh", "sigmoid", "softplus"))
RELU, SILU, STEP, ERF, GELU = (MAPS[n] for n in ("relu", "silu", "step", "erf", "gelu"))
LEAKY_RELU, ELU, MAXIMUM, MINIMUM, WHERE = (
    MAPS[n] for n in ("leaky_relu", "elu", "maximum", "minimum", "where")
)
LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, EQUAL, NOT_EQUAL = (
    MAPS[n] for n in ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")
)
POWER, CONSTANT_POWER = MAPS["power"], MAPS["constant_power"]

SMALL = 20_000
"""Matrix products of fewer multiplications are done by a plain loop: calling BLAS costs more."""


@compiled
def arranged(op, A, o, a, b, c, n, p):
    """A[o:o+n] = op(A[a:a+n], A[b:b+n], A[c:c+n]), with one parameter `p`."""
    if op == COPY:
        for i in range(n):
            A[o + i] = A[a + i]
    elif op == ADD:
        for i in range(n):
            A[o + i] = A[a + i] + A[b + i]
    elif op == SUB:
        for i in range(n):
            A[o + i] = A[a + i] - A[b + i]
    elif op == MUL:
        for i in range(n):
            A[o + i] = A[a + i] * A[b + i]
    elif op == DIV:
        for i in range(n):
            A[o + i] = A[a + i] / A[b + i]
    elif op == NEG:
        for i in range(n):
            A[o + i] = -A[a + i]
    elif op == RELU:
        for i in range(n):
            x = A[a + i]
            A[o + i] = x if not x <= 0 else A.dtype.type(0)
    elif op == WHERE:
        for i in range(n):
            A[o + i] = A[b + i] if A[a + i] != 0 else A[c + i]
    elif op == GREATER:
        for i in range(n):
            A[o + i] = A[a + i] > A[b + i]
    elif op == GREATER_EQUAL:
        for i in range(n):
            A[o + i] = A[a + i] >= A[b + i]
    elif op == LESS:
        for i in range(n):
            A[o + i] = A[a + i] < A[b + i]
    elif op == LESS_EQUAL:
        for i in range(n):
            A[o + i] = A[a + i] <= A[b + i]
    elif op == EQUAL:
        for i in range(n):
            A[o + i] = A[a + i] == A[b + i]
    elif op == NOT_EQUAL:
        for i in range(n):
            A[o + i] = A[a + i] != A[b + i]
    elif op == SQRT:
        for i in range(n):
            A[o + i] = np.sqrt(A[a + i])
    elif op == SQUARE:
        for i in range(n):
            A[o + i] = A[a + i] * A[a + i]
    elif op == ABS:
        for i in range(n):
            A[o + i] = abs(A[a + i])
    elif op == SIGN:
        for i in range(n):
            x = A[a + i]
            A[o + i] = (x > 0) - (x < 0) if x == x else x
    elif op == STEP:
        for i in range(n):
            x = A[a + i]
            A[o + i] = x >= 0 if x == x else x
    elif op == LEAKY_RELU:
        for i in range(n):
            x = A[a + i]
            A[o + i] = x if x > 0 else p * x
    elif op == MAXIMUM:
        for i in range(n):
            A[o + i] = np.maximum(A[a + i], A[b + i])
    elif op == MINIMUM:
        for i in range(n):
            A[o + i] = np.minimum(A[a + i], A[b + i])
    else:
        _transcendental(op, A, o, a, b, n, p)


@compiled
def _transcendental(op, A, o, a, b, n, p):
    """The functions whose cost is their own, one entry at a time."""
    one = A.dtype.type(1)
    for i in range(n):
        x = A[a + i]
        if op == EXP:
            y = np.exp(x)
        elif op == SIGMOID:
            e = np.exp(-abs(x))
            y = (one if x >= 0 else e) / (one + e)
        elif op == TANH:
            y = np.tanh(x)
        elif op == LOG:
            y = np.log(x)
        elif op == LOG1P:
            y = np.log1p(x)
        elif op == EXPM1:
            y = np.expm1(x)
        elif op == SIN:
            y = np.sin(x)
        elif op == COS:
            y = np.cos(x)
        elif op == SOFTPLUS:
            y = np.maximum(x, A.dtype.type(0)) + np.log1p(np.exp(-abs(x)))
        elif op == SILU:
            e = np.exp(-abs(x))
            y = x * ((one if x >= 0 else e) / (one + e))
        elif op == ERF:
            y = math.erf(x)
        elif op == GELU:
            y = x * math.erfc(-x * 0.7071067811865476) / 2
        elif op == ELU:
            y = x if x > 0 else p * np.expm1(x)
        elif op == POWER:
            y = x ** A[b + i]
        else:
            y = x**p
        A[o + i] = y


@compiled
def multiply(A, a, b, c, m, n, k, a_turned, b_turned):
    """C (m×n) = A·B for A (m×k) and B (k×n), each lying by rows or, turned, by columns."""
    if m * n * k < SMALL:
        _multiply_small(A, a, b, c, m, n, k, a_turned, b_turned)
        return
    out = A[c : c + m * n].reshape((m, n))
    if a_turned:
        left = A[a : a + m * k].reshape((k, m)).T
        if b_turned:
            np.dot(left, A[b : b + k * n].reshape((n, k)).T, out)
        else:
            np.dot(left, A[b : b + k * n].reshape((k, n)), out)
    else:
        plain = A[a : a + m * k].reshape((m, k))
        if b_turned:
            np.dot(plain, A[b : b + k * n].reshape((n, k)).T, out)
        else:
            np.dot(plain, A[b : b + k * n].reshape((k, n)), out)


@compiled
def _multiply_small(A, a, b, c, m, n, k, a_turned, b_turned):
    row, step = (1, m) if a_turned else (k, 1)
    if b_turned and not a_turned:
        for i in range(m):
            for j in range(n):
                total = A.dtype.type(0)
                for p in range(k):
                    total += A[a + i * k + p] * A[b + j * k + p]
                A[c + i * n + j] = total
        return
    for i in range(m):
        at = c + i * n
        for j in range(n):
            A[at + j] = 0
        for p in range(k):
            x = A[a + i * row + p * step]
            if b_turned:
                for j in range(n):
                    A[at + j] += x * A[b + j * k + p]
            else:
                for j in range(n):
                    A[at + j] += x * A[b + p * n + j]


@compiled
def reduce(kind, A, a, o, outer, length, inner):
    """Over the middle axis of (outer, length, inner): 0 sum, 1 max, 2 min, 3 product."""
    for x in range(outer):
        start, out = a + x * length * inner, o + x * inner
        if inner == 1:
            if kind == 0:
                total = A.dtype.type(0)
                for y in range(length):
                    total += A[start + y]
            else:
                total = A[start]
                for y in range(1, length):
                    total = _pair(kind, total, A[start + y])
            A[out] = total
            continue
        for z in range(inner):
            A[out + z] = A[start + z]
        for y in range(1, length):
            at = start + y * inner
            if kind == 0:
                for z in range(inner):
                    A[out + z] += A[at + z]
            else:
                for z in range(inner):
                    A[out + z] = _pair(kind, A[out + z], A[at + z])


@compiled
def _pair(kind, x, y):
    if kind == 1:
        return np.maximum(x, y)
    return np.minimum(x, y) if kind == 2 else x * y


@compiled
def normalise(logarithmic, A, a, o, rows, columns):
    """Softmax of each row, or its logarithm."""
    for r in range(rows):
        at, out = a + r * columns, o + r * columns
        top = A[at]
        for j in range(1, columns):
            top = max(top, A[at + j])
        if logarithmic and not np.isfinite(top):
            top = A.dtype.type(0)
        total = A.dtype.type(0)
        for j in range(columns):
            e = np.exp(A[at + j] - top)
            A[out + j] = e
            total += e
        if logarithmic:
            shift = top + np.log(total)
            for j in range(columns):
                A[out + j] = A[at + j] - shift
        else:
            scale = 1 / total
            for j in range(columns):
                A[out + j] *= scale


@compiled
def one_hot(A, integers, labels, o, n, classes):
    """A row with a single 1 for each label."""
    for i in range(n * classes):
        A[o + i] = 0
    for i in range(n):
        label = integers[labels + i]
        if 0 <= label < classes:
            A[o + i * classes + label] = 1


@compiled
def _mixed(state):
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


@compiled
def uniform(A, counter, seed, o, n):
    """Numbers in [0, 1) by seed, counter and place: the primitive's own arithmetic."""
    golden = np.uint64(0x9E3779B97F4A7C15)
    stream = _mixed(np.uint64(seed) * golden + np.uint64(counter))
    scale = A.dtype.type(1.0 / (1 << 24))
    for i in range(n):
        bits = _mixed(stream + np.uint64(i + 1) * golden) >> np.uint64(40)
        A[o + i] = A.dtype.type(bits) * scale
