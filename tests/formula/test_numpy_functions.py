"""NumPy's functions on arrays of formulas write what they compute on arrays of numbers."""

from __future__ import annotations

import inspect
import math
import subprocess
import sys

import numpy as np
import pytest
from scipy import special

import chainrule as cr
from chainrule.formula import Number, Symbol, written
from chainrule.graph import Graph
from chainrule.ops.define import apply, elementwise, floating, unary
from chainrule.ops.registry import FUNCTIONS, PRIMITIVES
from ops.formulas import evaluate

A, B, C = Symbol("a"), Symbol("b"), Symbol("c")
VALUES = {"a": 0.75, "b": 1.5, "c": 2.25, "e": math.e}


def symbols(*entries) -> np.ndarray:
    return np.array(entries, dtype=object)


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (lambda x, y: x + 2.0 * y - x / y, "a + 2·b - a/b"),
        (lambda x, y: np.negative(x) * np.square(y), "-a·b^2"),
        (lambda x, y: np.power(x, y) + np.power(x, 3.0), "a^b + a^3"),
        (lambda x, y: np.sqrt(np.absolute(x)) * np.exp(y), "sqrt(|a|)·e^b"),
        (lambda x, y: np.log(x) + np.log1p(x) + np.expm1(y), "log(a) + log1p(a) + expm1(b)"),
        (lambda x, y: np.sin(x) + np.cos(x) + np.tanh(y), "sin(a) + cos(a) + tanh(b)"),
        (lambda x, y: np.sign(x) + special.erf(y), "sign(a) + erf(b)"),
        (lambda x, y: np.maximum(x, y) + np.minimum(x, 1.0), "max(a, b) + min(a, 1)"),
        (lambda x, y: np.clip(x, -1.0, 0.5) * y, "clip(a, -1, 0.5)·b"),
        (lambda x, y: np.where(x > 0.0, x, y), "a if a > 0 else b"),
        (lambda x, y: np.where(x <= y, y, 0.0), "b if a ≤ b else 0"),
        (lambda x, y: np.where(x != y, x, x), "a"),
    ],
)
def test_functions_of_numbers(function, text):
    (formula,) = written(function)(symbols(A), symbols(B))
    assert str(formula) == text
    expected = float(function(np.array(VALUES["a"]), np.array(VALUES["b"])))
    assert float(evaluate(formula, VALUES)) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("shape", [(6,), (2, 3), (1, 2, 3)])
@pytest.mark.parametrize("function", [np.sum, np.mean, np.prod, np.max, np.min])
def test_functions_of_axes(function, shape):
    numbers = np.random.default_rng(0).uniform(-1, 1, shape)
    names = {f"x{i}": value for i, value in enumerate(numbers.ravel().tolist())}
    formulas = symbols(*map(Symbol, names)).reshape(shape)
    for axis in {(0,), (len(shape) - 1,), tuple(range(len(shape)))}:
        for keepdims in (False, True):
            found = written(function)(formulas, axis=axis, keepdims=keepdims)
            expected = function(numbers, axis=axis, keepdims=keepdims)
            assert found.shape == expected.shape
            for formula, value in zip(found.ravel(), expected.ravel(), strict=True):
                assert float(evaluate(formula, names)) == pytest.approx(value, rel=1e-12)


def test_an_extreme_lists_all_entries():
    found = written(lambda x: np.max(x, axis=(0,)))(symbols(A, B, C))
    assert str(found[()]) == "max(a, b, c)"


@pytest.mark.parametrize("function", [np.arctan, np.cbrt, special.ndtr])
def test_a_function_without_a_notation_is_written_by_its_name(function):
    (formula,) = written(function)(symbols(A))
    assert str(formula) == f"{function.__name__}(a)"


@pytest.mark.parametrize(("function", "text"), [(np.sqrt, "sqrt(4)"), (np.abs, "|4|")])
def test_plain_numbers_beside_symbols_are_written(function, text):
    _, number = written(function)(symbols(A, 4.0))
    assert str(number) == text


def test_literal_numbers_stay_as_typed():
    (formula,) = written(lambda x, y: x * y)(symbols(Number(1.0, literal=True)), symbols(A))
    assert str(formula) == "1·a"


def test_indices_are_no_formulas():
    take = written(lambda x, at: x[at])
    assert [str(one) for one in take(symbols(A, B, C), np.array([2, 0]))] == ["c", "a"]


def test_the_label_of_a_one_hot_row_is_written():
    labels = cr.ops.tensor.constant(np.array(1))
    row = PRIMITIVES["one_hot"].notation(symbols(A)[0:1], **cr.one_hot(labels, 2).node.params)
    assert [str(one) for one in row[0]] == ["a = 0", "a = 1"]


def test_an_operation_of_ones_own_needs_no_notation():
    try:

        @unary(vjp=lambda g, y, x: g / (1.0 + x**2))
        def arc_of_a_half(x):
            """arctan(x/2)."""
            return np.arctan(x / 2.0)

        node = arc_of_a_half(cr.variable([1.0, 2.0], "x")).node
        assert node.primitive is not None
        assert str(node.primitive.notation(symbols(A, B))[1]) == "arctan(b/2)"
        assert [one.kind for one in Graph.of([node]).nodes] == ["variable", "arc_of_a_half"]
    finally:
        PRIMITIVES.pop("arc_of_a_half", None)
        FUNCTIONS.pop("arc_of_a_half", None)


def test_parameters_are_written_as_numbers():
    try:
        shifted = elementwise(
            "shifted_root", lambda x, by: np.sqrt(x + by), vjp=(None,), dtype=floating
        )
        node = apply(shifted, cr.variable(2.0, "x"), by=3.0).node
        assert str(shifted.notation(symbols(A), **node.params)[0]) == "sqrt(a + 3)"
    finally:
        PRIMITIVES.pop("shifted_root", None)


BY_NAME = {"sigmoid", "softplus", "relu", "leaky_relu", "elu", "silu", "gelu", "step", "uniform"}
BY_NAME |= {"normal_cdf"}
BY_NAME |= {"argsort", "latest_extreme", "searchsorted", "sinc"}
WITHOUT_OVERFLOW = {"logsumexp", "softmax", "log_softmax", "log_loss"}
WITHOUT_OVERFLOW |= {"attention", "attention_pullback"}
EXACT_ON_PAPER = {"centred", "standardize", "var"}  # where rounding leaves nothing of the mean
BY_LAPACK_OR_STEP_BY_STEP = {"cholesky", "cofactors", "det", "eigh", "inv", "qr", "scan"}
BY_LAPACK_OR_STEP_BY_STEP |= {"eig", "expm", "pinv", "slogdet", "solve", "solve_sylvester"}
BY_LAPACK_OR_STEP_BY_STEP |= {"solve_triangular", "sqrtm", "svd"}
PLAIN_ARRAYS = {"einsum"}  # NumPy takes formulas for them in plain arrays only


def test_notations_by_hand_are_the_exception():
    listed = "import chainrule.ops.registry as r; print(*r.PRIMITIVES)"  # without those at need
    done = subprocess.run([sys.executable, "-P", "-c", listed], capture_output=True, check=True)
    always = set(done.stdout.decode().split())
    by_hand = {
        name
        for name, primitive in PRIMITIVES.items()
        if name in always
        and inspect.getclosurevars(primitive.notation).nonlocals["function"] is not primitive.value
    }
    assert (
        by_hand
        == BY_NAME | WITHOUT_OVERFLOW | EXACT_ON_PAPER | BY_LAPACK_OR_STEP_BY_STEP | PLAIN_ARRAYS
    )
