"""Cases of cumulative products."""

from __future__ import annotations

import math
from functools import partial

import jax.numpy as jnp

from chainrule.ops.statistics.cumulative import cumprod
from ops.case import Case, Edge, numbers

INF, NAN = math.inf, math.nan

CASES: list[Case] = [
    Case(
        "cumprod",
        partial(cumprod, axis=axis),
        partial(jnp.cumprod, axis=axis),
        (numbers(shape, -2.0, 2.0),),
    )
    for shape, axis in [
        ((4,), 0),
        ((2, 3), -1),
        ((3, 2), 0),
        ((2, 3, 2), 1),
        ((1,), 0),
        ((0, 2), 1),
    ]
]

EDGES: list[Edge] = [
    Edge(
        "cumprod",
        cumprod,
        ([2.0, 0.0, 5.0],),
        [2.0, 0.0, 0.0],
        ([1.0, 12.0, 0.0],),
        curvature=[6.0, 8.0, 2.0],
    ),
    Edge("cumprod", cumprod, ([2.0, INF, NAN],), [2.0, INF, NAN], None),
]
