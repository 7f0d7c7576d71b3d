"""Cases of linear algebra.  Add a row here for every new operation."""

from __future__ import annotations

import math
from functools import partial

import jax.numpy as jnp
import numpy as np

import chainrule as cr
from chainrule.ops.define import apply, floating
from chainrule.ops.linalg.determinant import cofactors
from chainrule.ops.linalg.inverse import inv_or_nan
from chainrule.ops.linalg.norm import vector_norm
from chainrule.ops.linalg.solve import solve_or_nan
from chainrule.ops.registry import PRIMITIVES
from chainrule.ops.tensor import lift
from ops.case import Case, Edge, numbers

INF, NAN = math.inf, math.nan
SQUARE = ((1, 1), (3, 3), (2, 3, 2, 2))
AXES = [((4,), 0), ((2, 3), None), ((2, 3), 0), ((2, 3, 2), (0, 2)), ((0, 3), 1)]


def far_from_singular(shape, seed=0) -> np.ndarray:
    return numbers(shape, -1.0, 1.0, seed) + 2.0 * np.eye(shape[-1])[::-1]


def matrices(primitive, function, oracle, *shapes, **options) -> list[Case]:
    """Cases of a function of square matrices that are far from singular."""
    return [
        Case(primitive, function, oracle, (far_from_singular(shape),), **options)
        for shape in shapes or SQUARE
    ]


def rectangles(primitive, function, oracle, *shapes, **options) -> list[Case]:
    return [
        Case(primitive, function, oracle, (numbers(shape, -2.0, 2.0),), **options)
        for shape in shapes
    ]


def norms(ord) -> list[Case]:
    return [
        Case(
            "euclidean_norm" if ord == 2 else "power_norm",
            partial(vector_norm, ord=ord, axis=axis),
            partial(jnp.linalg.vector_norm, ord=ord, axis=axis),
            (numbers(shape, -2.0, 2.0),),
        )
        for shape, axis in AXES
    ]


def jnp_s(x):
    return jnp.linalg.svd(x, compute_uv=False)


def jnp_r(x):
    return jnp.linalg.qr(x)[1]


def contraction(subscripts, *shapes) -> Case:
    return Case(
        "einsum",
        partial(cr.einsum, subscripts),
        partial(jnp.einsum, subscripts),
        tuple(numbers(shape, -2.0, 2.0, seed) for seed, shape in enumerate(shapes)),
    )


def gram(x):
    """A positive definite matrix."""
    return x @ x.swapaxes(-1, -2) + np.eye(x.shape[-1], dtype=floating(x.dtype))


def both(x):
    """A symmetric matrix."""
    return x + x.swapaxes(-1, -2)


def linear(a, b) -> Case:
    return Case(
        "solve",
        cr.solve,
        jnp.linalg.solve,
        (far_from_singular(a), numbers(b, -2.0, 2.0, 1)),
        integers=False,  # small integers are often singular
    )


def weighted(xp, *parts):
    """One array from several outputs, each of which counts with numbers of its own."""
    total = 0.0
    for part in parts:
        count = math.prod(part.shape)
        weights = np.cos(np.arange(1.0, count + 1.0)).reshape(part.shape)
        total = total + xp.sum(part * weights.astype(part.dtype))
    return total


def of_vectors(found):
    """What does not depend on the signs of the eigenvectors."""
    values, vectors = found
    return vectors * vectors * 3.0 + values[..., None, :]


def of_svd(found, xp):
    """What does not depend on the signs of the singular vectors."""
    u, s, vt = found
    return weighted(xp, u * u, s, vt * vt, u[..., :1, :].swapaxes(-1, -2) * vt)


CASES = [
    *(
        Case("cross", cr.cross, jnp.cross, (numbers(a, -2.0, 2.0), numbers(b, -2.0, 2.0, 1)))
        for a, b in (((3,), (3,)), ((2, 3), (3,)), ((1, 3), (2, 2, 3)))
    ),
    *norms(2),
    *norms(3),
    *norms(2.5),
    *norms(0.5),
    *norms(-1.5)[:4],
    linear((1, 1), (1,)),
    linear((3, 3), (3,)),
    linear((3, 3), (3, 2)),
    linear((2, 3, 3), (3,)),
    linear((2, 1, 2, 2), (3, 2, 1)),
    linear((2, 2), (2, 2, 1)),
    linear((5, 5), (5,)),
    linear((0, 0), (0, 2)),
    linear((0, 2, 2), (2,)),
    *matrices("inv", cr.inv, jnp.linalg.inv, *SQUARE, (5, 5), integers=False),
    *matrices("det", cr.det, jnp.linalg.det, *SQUARE, (5, 5), (0, 2, 2)),
    *matrices(
        "cofactors",
        cofactors,
        lambda x: jnp.linalg.det(x)[..., None, None] * jnp.linalg.inv(x).swapaxes(-1, -2),
        integers=False,
    ),
    *matrices(
        "slogdet",
        lambda x: cr.slogdet(x)[0] + 2.0 * cr.slogdet(x)[1],
        lambda x: jnp.linalg.slogdet(x)[0] + 2.0 * jnp.linalg.slogdet(x)[1],
    ),
    *matrices("slogdet", lambda x: cr.slogdet(x)[1], lambda x: jnp.linalg.slogdet(x)[1]),
    *matrices(
        "cholesky",
        lambda x: cr.cholesky(gram(lift(x))),
        lambda x: jnp.linalg.cholesky(gram(x)),
        *SQUARE,
        (5, 5),
        symmetric=True,
    ),
    *[
        case
        for uplo in "LU"
        for case in matrices(
            "eigh",
            lambda x, uplo=uplo: of_vectors(cr.eigh(both(lift(x)), uplo)),
            lambda x: of_vectors(jnp.linalg.eigh(both(x))),
            integers=False,
        )
    ],
    *matrices(
        "eigh",
        lambda x: cr.eigh(x).eigenvalues,
        lambda x: jnp.linalg.eigvalsh(jnp.tril(x) + jnp.tril(x, -1).swapaxes(-1, -2)),
    ),
    *rectangles(
        "svd",
        lambda x: of_svd(cr.svd(x, full_matrices=False), cr),
        lambda x: of_svd(jnp.linalg.svd(x, full_matrices=False), jnp),
        *((1, 1), (3, 3), (3, 2), (2, 3), (2, 3, 2)),
        integers=False,
    ),
    *rectangles(
        "svd",
        lambda x: cr.svd(x, compute_uv=False),
        lambda x: jnp.linalg.svd(x, compute_uv=False),
        *((3, 2), (2, 2, 3)),
    ),
    *rectangles("svd", lambda x: cr.svd(x)[1], jnp_s, (3, 2), (2, 2, 3)),
    *rectangles(
        "qr",
        lambda x: weighted(cr, *cr.qr(x)),
        lambda x: weighted(jnp, *jnp.linalg.qr(x)),
        *((1, 1), (3, 3), (3, 2), (2, 3, 2), (2, 3)),
        integers=False,
    ),
    *rectangles("qr", lambda x: cr.qr(x, "r"), jnp_r, (3, 2), (2, 2, 3)),
    *[
        contraction(subscripts, *shapes)
        for subscripts, *shapes in [
            ("ij,jk->ik", (2, 3), (3, 2)),
            ("ij,j", (2, 3), (3,)),
            ("ij->ji", (2, 3)),
            ("ij->j", (2, 3)),
            ("ii->i", (3, 3)),
            ("ii", (3, 3)),
            ("iji,iki->jk", (2, 3, 2), (2, 2, 2)),
            ("iii->i", (2, 2, 2)),
            ("...ij,...jk->...ik", (2, 2, 3), (3, 2)),
            ("i...,...i->...", (2, 3, 1), (2, 2)),
            ("i,j,i->ij", (2,), (3,), (2,)),
            ("ij,jk,kl->il", (2, 3), (3, 2), (2, 2)),
            ("ij,ij->", (2, 3), (2, 3)),
            ("i,i->i", (1,), (3,)),
            ("ij,j->j", (3, 1), (2,)),
            ("i,j->", (2,), (3,)),
            (",i->i", (), (3,)),
            ("ij,jk->ik", (0, 3), (3, 2)),
            ("ij,jk->ik", (2, 0), (0, 2)),
        ]
    ],
]

SINGULAR = [[1.0, 2.0], [2.0, 4.0]]

EDGES = [
    Edge(
        "cross",
        cr.cross,
        ([1.0, 0.0, 0.0], [2.0, 0.0, 0.0]),
        [0.0, 0.0, 0.0],
        ([0.0, -2.0, 2.0], [0.0, 1.0, -1.0]),
    ),
    Edge(
        "euclidean_norm",
        partial(cr.norm, axis=1),
        ([[0.0, 0.0], [3.0, -4.0]],),
        [0.0, 5.0],
        ([[0.0, 0.0], [0.6, -0.8]],),
        kink=[True, False],
        curvature=[[0.0, 0.0], [0.224, 0.168]],
    ),
    Edge("euclidean_norm", cr.norm, ([1e200, 0.0],), INF, None),
    Edge(
        "power_norm",
        partial(cr.norm, ord=3, axis=1),
        ([[0.0, 0.0, 0.0], [-3.0, 0.0, 0.0]],),
        [0.0, 3.0],
        ([[0.0, 0.0, 0.0], [-1.0, 0.0, 0.0]],),
        kink=[True, False],
        curvature=np.zeros((2, 3)),
    ),
    Edge(
        "power_norm",
        partial(cr.norm, ord=0.5, axis=1),
        ([[4.0, 0.0], [4.0, 9.0]],),
        [4.0, 25.0],
        ([[1.0, 0.0], [2.5, 5.0 / 3.0]],),
        kink=[True, False],
    ),
    Edge(
        "power_norm", partial(cr.norm, ord=-1), ([2.0, 0.0],), 0.0, ([0.0, 0.0],), True, [0.0, 0.0]
    ),
    Edge("solve", solve_or_nan, (SINGULAR, [1.0, 1.0]), [NAN, NAN], (None, None)),
    Edge(
        "solve",
        solve_or_nan,
        ([[[0.0]], [[2.0]]], [1.0]),
        [[NAN], [0.5]],
        ([[[NAN]], [[-0.25]]], None),
    ),
    Edge("inv", cr.inv, ([[[0.0]], [[2.0]], [[NAN]]],), [[[NAN]], [[0.5]], [[NAN]]], None),
    Edge("inv", cr.inv, ([[1e-200, 0.0], [0.0, 1e-200]],), [[1e200, 0.0], [0.0, 1e200]], None),
    Edge("inv", inv_or_nan, (SINGULAR,), [[NAN] * 2] * 2, ([[NAN] * 2] * 2,)),
    Edge("slogdet", lambda x: cr.stack(cr.slogdet(x)), ([[0.0]],), [0.0, -INF], ([[NAN]],)),
    Edge("det", cr.det, (SINGULAR,), 0.0, ([[4.0, -2.0], [-2.0, 1.0]],)),
    Edge(
        "det",
        cr.det,
        (np.diag([0.0, 0.0, 3.0]),),
        0.0,
        (np.zeros((3, 3)),),
        curvature=[[3.0, -3.0, 0.0], [-3.0, 3.0, 0.0], [0.0, 0.0, 0.0]],
    ),
    Edge("cofactors", cofactors, ([[NAN]],), [[NAN]], None),
    Edge(
        "cofactors",
        cofactors,
        (SINGULAR,),
        [[4.0, -2.0], [-2.0, 1.0]],
        ([[1.0, -1.0], [-1.0, 1.0]],),
    ),
    Edge("cholesky", partial(apply, PRIMITIVES["cholesky"]), ([[0.0]],), [[NAN]], None),
    Edge("cholesky", cr.cholesky, ([[4.0, NAN], [2.0, 10.0]],), [[2.0, 0.0], [1.0, 3.0]], None),
    Edge(
        "eigh",
        lambda x: cr.eigh(x)[0],
        ([[2.0, NAN], [0.0, 2.0]],),
        [2.0, 2.0],
        ([[1.0, 0.0], [0.0, 1.0]],),
    ),
    Edge("eigh", lambda x: cr.eigh(x)[0], ([[NAN]],), [NAN], None),
    Edge(
        "eigh",
        lambda x: cr.eigh(x)[1],
        ([[2.0, 0.0], [0.0, 2.0]],),
        [[1.0, 0.0], [0.0, 1.0]],
        ([[0.0, 0.0], [0.0, 0.0]],),
    ),
    Edge("svd", lambda x: cr.svd(x)[1], ([[NAN]],), [NAN], None),
    Edge(
        "svd",
        lambda x: (cr.svd(x)[0] @ cr.svd(x)[2])[0],
        ([[0.0, 2.0], [2.0, 0.0]],),
        [0.0, 1.0],
        ([[0.25, 0.0], [0.0, -0.25]],),
    ),
    Edge(
        "svd",
        lambda x: cr.sum(cr.svd(x)[1]),
        ([[0.0, 0.0], [0.0, 0.0]],),
        0.0,
        ([[1.0, 0.0], [0.0, 1.0]],),
    ),
    Edge(
        "einsum", partial(cr.einsum, "i,i"), ([INF, 1.0], [0.0, 2.0]), NAN, ([0.0, 2.0], [INF, 1.0])
    ),
    Edge(
        "qr",
        lambda x: abs(cr.qr(x)[1]),
        ([[1.0, 1.0], [0.0, 0.0]],),
        [[1.0, 1.0], [0.0, 0.0]],
        None,
    ),
]
