"""Cases of the methods of ufuncs: running extremes."""

from __future__ import annotations

import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from chainrule.ops.define import apply
from chainrule.ops.registry import PRIMITIVES
from chainrule.ops.tensor import lift
from ops.case import Case, Edge, numbers

INF, NAN = math.inf, math.nan


def latest(x, axis, largest):
    return apply(PRIMITIVES["latest_extreme"], lift(x), axis=axis, largest=largest)


def latest_by_the_definition(x, axis, largest):
    """The last index i ≤ k where x[i] is the extreme of x[0], …, x[k]."""
    line = jnp.moveaxis(x, axis, -1)[..., None, :]
    places = jnp.arange(line.shape[-1])
    so_far = places <= places[:, None]
    known = jnp.where(so_far, line, -INF if largest else INF)
    best = (jnp.max if largest else jnp.min)(known, axis=-1, keepdims=True)
    latest = jnp.max(jnp.where(so_far & (line == best), places, -1), axis=-1)
    return jnp.moveaxis(latest, -1, axis)


def accumulated(ufunc, axis):
    return lambda x: ufunc.accumulate(lift(x), axis=axis)


CASES: list[Case] = [
    *[
        Case(
            "latest_extreme",
            partial(latest, axis=axis, largest=largest),
            partial(latest_by_the_definition, axis=axis, largest=largest),
            (numbers(shape, -2.0, 2.0),),
            flat=True,
        )
        for shape, axis, largest in [((4,), 0, True), ((2, 3), 1, False), ((3, 2, 2), 0, True)]
    ],
    *[
        Case(
            "latest_extreme",
            accumulated(ufunc, axis),
            partial(oracle, axis=axis),
            (numbers(shape, -2.0, 2.0),),
        )
        for ufunc, oracle in [(np.maximum, jax.lax.cummax), (np.minimum, jax.lax.cummin)]
        for shape, axis in [((5,), 0), ((2, 4), 1), ((3, 2), 0)]
    ],
]

EDGES: list[Edge] = [
    Edge(
        "latest_extreme",
        accumulated(np.maximum, 0),
        ([1.0, NAN, INF],),
        [1.0, NAN, NAN],
        ([1.0, 2.0, 0.0],),
    ),
    Edge(
        "latest_extreme",
        partial(latest, axis=0, largest=True),
        ([2.0, 1.0, 2.0, 0.0],),
        [0, 0, 2, 2],
        (None,),
        kink=[False, False, True, False],
    ),
]
