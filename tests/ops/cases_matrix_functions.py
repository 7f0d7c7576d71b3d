"""Cases of pseudo-inverses, unsymmetric eigenvalues and SciPy's functions of matrices."""

from __future__ import annotations

import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

import chainrule as cr
from chainrule.ops.define import apply, apply_all
from chainrule.ops.linalg.factorizations import eig
from chainrule.ops.linalg.matrix_functions import expm, solve_sylvester, solve_triangular, sqrtm
from chainrule.ops.registry import PRIMITIVES
from chainrule.ops.tensor import lift
from ops.case import Case, Edge, numbers
from ops.cases_linalg import gram, matrices, of_vectors, rectangles

NAN = math.nan
REAL = np.array([[[[1.0, 0.5], [0.3, 3.0]]], [[[-2.0, 1.5], [-0.3, 3.0]]]])
ROTATION = [[0.0, 1.0], [-1.0, 0.0]]


def pairs(x):
    """Eigenvalues and eigenvectors of 2 × 2 matrices, by the quadratic equation."""
    a, b, d = x[..., 0, 0], x[..., 0, 1], x[..., 1, 1]
    half, product = (a + d) / 2, a * d - b * x[..., 1, 0]
    root = jnp.sqrt(half**2 - product)
    values = jnp.stack([half - root, half + root], -1)
    vectors = jnp.stack([jnp.broadcast_to(b[..., None], values.shape), values - a[..., None]], -2)
    return values, vectors / jnp.linalg.norm(vectors, axis=-2, keepdims=True)


def root_by_eigenvalues(x):
    values, vectors = jnp.linalg.eigh(x)
    return (vectors * jnp.sqrt(values)[..., None, :]) @ vectors.swapaxes(-1, -2)


def root_by_determinant(x):
    """Of 2 × 2 matrices: (A + √det A) / √(tr A + 2·√det A)."""
    half = jnp.sqrt(x[..., 0, 0] * x[..., 1, 1] - x[..., 0, 1] * x[..., 1, 0])
    length = jnp.sqrt(x[..., 0, 0] + x[..., 1, 1] + 2 * half)
    return (x + half[..., None, None] * jnp.eye(2)) / length[..., None, None]


def sylvester_by_kron(a, b, q):
    """One system of equations for all entries of X, row by row."""
    (m, n), whole = q.shape[-2:], []
    for one, other, right in zip(
        a.reshape(-1, m, m), b.reshape(-1, n, n), q.reshape(-1, m, n), strict=True
    ):
        system = jnp.kron(one, jnp.eye(n)) + jnp.kron(jnp.eye(m), other.T)
        whole.append(jnp.linalg.solve(system, right.reshape(-1)).reshape(m, n))
    return jnp.stack(whole).reshape(q.shape)


def sylvester(*batch) -> Case:
    shapes = ((*batch, 3, 3), (*batch, 2, 2))
    q = numbers((*batch, 3, 2), -2.0, 2.0)
    args = (*(numbers(shape, -0.5, 0.5) + 2.0 * np.eye(shape[-1]) for shape in shapes), q)
    return Case("solve_sylvester", solve_sylvester, sylvester_by_kron, args, integers=False)


def triangular(a, b, **options) -> Case:
    n = a[-1]
    return Case(
        "solve_triangular",
        partial(solve_triangular, **options),
        partial(triangular_by_solve, **options),
        (numbers(a, -0.5, 0.5) + 2.0 * np.eye(n), numbers(b, -2.0, 2.0)),
        integers=False,
    )


def triangular_by_solve(a, b, trans=0, lower=False, unit_diagonal=False):
    matrix = jnp.tril(a) if lower else jnp.triu(a)
    if unit_diagonal:
        eye = jnp.eye(a.shape[-1])
        matrix = matrix * (1 - eye) + eye
    return jnp.linalg.solve(matrix.swapaxes(-1, -2) if trans else matrix, b)


CASES = [
    *rectangles("pinv", cr.pinv, jnp.linalg.pinv, (3, 2), (2, 3), (2, 2, 3), (1, 1)),
    Case("eig", lambda x: eig(x)[0], lambda x: pairs(x)[0], (REAL,), integers=False),
    Case(
        "eig", lambda x: of_vectors(eig(x)), lambda x: of_vectors(pairs(x)), (REAL,), integers=False
    ),
    *matrices("expm", expm, jax.scipy.linalg.expm, (1, 1), (3, 3), (2, 1, 2, 2)),
    *matrices("sqrtm", lambda x: sqrtm(gram(lift(x))), lambda x: root_by_eigenvalues(gram(x))),
    *[
        Case("sqrtm", sqrtm, root_by_determinant, (np.abs(REAL[i]),), integers=False)
        for i in (0, slice(None))
    ],
    sylvester(),
    sylvester(2),
    triangular((1, 1), (1,)),
    triangular((3, 3), (3,)),
    triangular((3, 3), (3, 2), lower=True),
    triangular((3, 3), (3, 2), lower=True, trans=1),
    triangular((3, 3), (3,), trans="T", unit_diagonal=True),
    triangular((3, 3), (3,), lower=True, unit_diagonal=True),
    triangular((2, 3, 3), (3, 1)),
    triangular((2, 2), (2, 2, 1), lower=True),
    triangular((2, 1, 3, 3), (3,), lower=True),
]

EDGES = [
    Edge(
        "pinv",
        cr.pinv,
        ([[2.0, 0.0], [0.0, 0.0]],),
        [[0.5, 0.0], [0.0, 0.0]],
        ([[-0.25, 0.25], [0.25, 0.0]],),
    ),
    Edge("pinv", cr.pinv, ([[NAN]],), [[NAN]], None),
    Edge("eig", lambda x: apply_all(PRIMITIVES["eig"], x)[0], (ROTATION,), [NAN, NAN], None),
    Edge("eig", lambda x: eig(x)[0], ([[2.0, 0.0], [0.0, 2.0]],), [2.0, 2.0], (np.eye(2),)),
    Edge("expm", expm, ([[0.0, 0.0], [0.0, 0.0]],), np.eye(2), (np.ones((2, 2)),)),
    Edge("sqrtm", partial(apply, PRIMITIVES["sqrtm"]), ([[-1.0]],), [[NAN]], None),
    Edge(
        "sqrtm",
        partial(apply, PRIMITIVES["sqrtm"]),
        ([[[4.0]], [[NAN]]],),
        [[[2.0]], [[NAN]]],
        None,
    ),
    Edge(
        "solve_sylvester",
        lambda x: solve_sylvester(x, [[-1.0]], [[1.0]]),
        ([[3.0]],),
        [[0.5]],
        ([[-0.25]],),
    ),
    Edge(
        "solve_sylvester", lambda x: solve_sylvester(x, [[1.0]], [[1.0]]), ([[NAN]],), [[NAN]], None
    ),
    Edge(
        "solve_triangular",
        lambda a: solve_triangular(a, [1.0, 4.0]),
        ([[1.0, 1.0], [NAN, 2.0]],),
        [-1.0, 2.0],
        ([[1.0, -2.0], [0.0, 0.0]],),
    ),
    Edge(
        "solve_triangular",
        lambda a: apply(PRIMITIVES["solve_triangular"], a, lift([1.0]), lower=True, unit=False),
        ([[0.0]],),
        [NAN],
        None,
    ),
]
