"""Cases of attention and of its pull-back, compared with JAX."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

import chainrule as cr
from chainrule.ops.attention.pullback import attention_pullback
from chainrule.ops.tensor import lift
from ops.case import Case, Edge, numbers

SOME = np.array([[True, False, True], [False, False, False]])
"""A mask of two queries and three keys; none counts for the second query."""


def attended(q, k, v, mask=None, *, causal=False, scale=None):
    """Attention by its definition."""
    scores = q @ jnp.swapaxes(k, -1, -2)
    scores = scores * (1 / np.sqrt(q.shape[-1]) if scale is None else scale)
    counts = jnp.ones(scores.shape, bool) if mask is None else mask
    if causal:
        counts = counts & np.tri(*scores.shape[-2:], dtype=bool)
    e = jnp.where(counts, jnp.exp(scores), 0.0)
    total = e.sum(-1, keepdims=True)
    return e / jnp.where(total == 0, 1.0, total) @ v


def _arrays(q, keys, width):
    *batch, _, d = q
    shapes = q, (*batch, keys, d), (*batch, keys, width)
    return tuple(numbers(shape, -2.0, 2.0, seed) for seed, shape in enumerate(shapes))


def _attention(q, keys, width, mask=None, **options):
    masks = () if mask is None else (mask,)
    return Case(
        "attention",
        lambda *args: cr.attention(*args, **options),
        lambda *args: attended(*args, **options),
        (*_arrays(q, keys, width), *masks),
    )


def _gradients(q, keys, width, mask=None, *, causal=False, scale=0.5):
    """All three cotangents joined to one array."""
    masks = () if mask is None else (mask,)

    def found(*args):
        args = [lift(a) for a in args]
        args[:4] = [a if a.dtype.kind == "f" else a.astype(float) for a in args[:4]]
        dtype = np.result_type(*(a.dtype for a in args[:4]))
        args[:4] = [a.astype(dtype) for a in args[:4]]
        parts = attention_pullback(*args, causal=causal, scale=scale)
        return cr.concatenate([part.reshape((*q[:-2], -1)) for part in parts], -1)

    def expected(q_, k, v, g, *mask):
        _, pull = jax.vjp(
            lambda *args: attended(*args, *mask, causal=causal, scale=scale), q_, k, v
        )
        return jnp.concatenate([part.reshape((*q[:-2], -1)) for part in pull(g)], -1)

    arrays = _arrays(q, keys, width)
    upstream = numbers((*q[:-1], width), -2.0, 2.0, 7)
    return Case("attention_pullback", found, expected, (*arrays, upstream, *masks))


SHAPES = [((2, 2), 3, 1), ((3, 1), 2, 2), ((2, 2, 2), 2, 1), ((1, 1), 1, 1)]
CASES = [
    *(_attention(*shapes) for shapes in SHAPES),
    _attention((2, 2), 3, 1, SOME),
    _attention((2, 2), 3, 2, causal=True, scale=0.3),
    _attention((3, 2), 2, 1, causal=True),
    _attention((2, 2, 2), 3, 1, np.array([[[True, False, True]], [[True, True, False]]])),
    _attention((2, 2, 1), 3, 1, SOME[0], causal=True),
    *(_gradients(*shapes) for shapes in SHAPES),
    _gradients((2, 2), 3, 1, SOME),
    _gradients((3, 2), 2, 1, causal=True),
    _gradients((2, 2, 1), 3, 1, np.array([[[True, False, True]], [[True, True, False]]])),
]

EDGES = [
    Edge(  # scores that overflow e^x: the largest takes all
        "attention",
        lambda q, k, v: cr.attention(q, k, v, scale=1.0),
        ([[1e3]], [[1.0], [-1.0]], [[2.0], [5.0]]),
        [[2.0]],
        ([[0.0]], [[0.0], [0.0]], [[1.0], [0.0]]),
    ),
    Edge(  # no key counts: zeros, and no gradient
        "attention",
        lambda q, k, v: cr.attention(q, k, v, np.array([[False, False]])),
        ([[3.0]], [[1.0], [2.0]], [[4.0], [5.0]]),
        [[0.0]],
        ([[0.0]], [[0.0], [0.0]], [[0.0], [0.0]]),
    ),
    Edge(  # no query
        "attention",
        lambda q, k, v: cr.attention(q, k, v, scale=1.0),
        (np.zeros((0, 1)), [[1.0], [2.0]], [[4.0], [5.0]]),
        np.zeros((0, 1)),
        (np.zeros((0, 1)), [[0.0], [0.0]], [[0.0], [0.0]]),
    ),
    Edge(
        "attention_pullback",
        lambda q, k, v, g: attention_pullback(q, k, v, g, causal=False, scale=1.0)[2],
        ([[1e3]], [[1.0], [-1.0]], [[2.0], [5.0]], [[3.0]]),
        [[3.0], [0.0]],
        ([[0.0]], [[0.0], [0.0]], None, [[1.0]]),
    ),
]
