"""How linear algebra reads in explanations."""

from __future__ import annotations

import numpy as np

import chainrule as cr

A = [[2.0, 1.0], [1.0, 3.0]]


def explained(output) -> str:
    return str(cr.explain(output.named("f")))


def a():
    return cr.variable(A, "A")


def test_the_solution_of_two_equations_is_cramer_s_rule():
    text = explained(np.linalg.solve(a(), cr.variable([1.0, 2.0], "b"))[0])
    assert "(b[0]·A[1, 1] - A[0, 1]·b[1])/(A[0, 0]·A[1, 1] - A[0, 1]·A[1, 0])" in text


def test_a_norm_is_the_root_of_a_sum_of_squares():
    text = explained(np.linalg.norm(cr.variable([3.0, 4.0], "x")))
    assert "f = sqrt(x[0]^2 + x[1]^2) = sqrt(3^2 + 4^2) = 5" in text
    assert "x[0]/f × 1" in text


def test_the_gradient_of_a_determinant_are_cofactors():
    text = explained(np.linalg.det(a()))
    assert "f = A[0, 0]·A[1, 1] - A[0, 1]·A[1, 0] = 2·3 - 1·1 = 5" in text
    assert "via f  ∂f/∂A[0, 1] × ∂f/∂f = (-A[1, 0]) × 1 = (-1) × 1 = -1" in text


def test_a_cholesky_factor_is_computed_row_by_row():
    text = explained(np.linalg.cholesky(a())[1, 0])
    assert "= A[1, 0]/sqrt(A[0, 0]) = 1/sqrt(2)" in text


def test_eigenvalues_are_named():
    text = explained(np.linalg.eigvalsh(a())[1])
    assert "λ[1](A[0, 0], A[0, 1], A[1, 0], A[1, 1]) = λ[1](2, 1, 1, 3) = 3.618034" in text


def test_a_trace_is_a_sum_of_entries():
    assert "f = " in explained(np.trace(a()))


def test_large_systems_are_only_named():
    x = cr.variable(np.eye(6) + 0.1, "M")
    for output in (np.linalg.det(x), np.linalg.inv(x)[0, 0], np.linalg.solve(x, np.ones(6))[0]):
        assert len(explained(output)) < 100_000


def test_long_sums_of_einsum_are_abridged():
    random = np.random.default_rng(0)
    a, b = (cr.variable(random.normal(size=(40, 40)), name) for name in "ab")
    output = np.sum(np.einsum("ij,jk->ik", a, b) ** 2).named("f")
    assert "… stands for 36 more terms" in str(cr.explain(output, "a[0, 0]"))


def test_a_norm_with_powers_says_nothing_of_the_zeros_that_are_not_there():
    text = explained(np.linalg.norm(cr.variable([1.0, -2.0], "x"), 3))
    assert "via f  ∂f/∂x[0] × ∂f/∂f = sign(x[0])·(|x[0]|/f)^2 × 1" in text


def test_a_cross_product_is_a_difference_of_products():
    x, y = (cr.variable([1.0, 2.0, 3.0], name) for name in "xy")
    assert "= x[1]·y[2] - x[2]·y[1] = 2·3 - 3·2" in explained(np.cross(x, y)[0])
