"""Cases of operations that find the order of entries."""

from __future__ import annotations

import math
from functools import partial

import jax.numpy as jnp
import numpy as np

from chainrule.ops.define import apply
from chainrule.ops.order.sorting import argsort, searchsorted, sort
from chainrule.ops.registry import PRIMITIVES
from chainrule.ops.tensor import lift
from ops.case import Case, Edge, numbers

INF, NAN = math.inf, math.nan
WIDE = (-2.0, 2.0)
AXES = [((4,), 0), ((2, 3), -1), ((3, 2), 0), ((2, 3, 2), 1), ((1,), 0), ((0, 2), 1)]
STEPS = np.array([-1.0, 0.0, 0.0, 1.0])


def with_nan_everywhere(x):
    return apply(PRIMITIVES["argsort"], lift(x), axis=1, nan="everywhere")


CASES: list[Case] = [
    *[
        Case(
            "argsort",
            partial(argsort, axis=axis),
            partial(jnp.argsort, axis=axis),
            (numbers(shape, *WIDE),),
            flat=True,
        )
        for shape, axis in AXES
    ],
    Case("argsort", with_nan_everywhere, jnp.argsort, (numbers((3, 4), *WIDE),), flat=True),
    *[
        Case(
            "searchsorted",
            lambda v, steps=steps, side=side: searchsorted(steps, v, side),
            lambda v, steps=steps, side=side: (
                jnp.searchsorted(jnp.asarray(steps), v, side).astype(int).astype(int)
            ),
            (numbers(shape, *WIDE),),
            flat=True,
        )
        for steps, shape, side in [
            (STEPS, (2, 3), "left"),
            (STEPS, (3,), "right"),
            (STEPS, (), "left"),
            (STEPS, (0, 2), "left"),
            (STEPS.astype(int), (2,), "right"),
        ]
    ],
    Case("argsort", sort, jnp.sort, (numbers((2, 3), *WIDE),)),
    Case("argsort", partial(sort, axis=0), partial(jnp.sort, axis=0), (numbers((4, 2), *WIDE),)),
    Case(
        "argsort", partial(sort, axis=None), partial(jnp.sort, axis=None), (numbers((4, 2), *WIDE),)
    ),
]

EDGES: list[Edge] = [
    Edge(
        "argsort",
        argsort,
        ([1.0, 0.0, 1.0, 0.0, 2.0],),
        [1, 3, 0, 2, 4],
        None,
        kink=[True, True, True, True, False],
    ),
    Edge(
        "argsort",
        argsort,
        ([NAN, -INF, INF, -0.0, 0.0],),
        [1, 3, 4, 2, 0],
        None,
        kink=[False, True, True, False, False],
    ),
    Edge("argsort", with_nan_everywhere, ([[NAN, 1.0], [2.0, 1.0]],), [[0, 0], [1, 0]], None),
    Edge("searchsorted", partial(searchsorted, STEPS), ([0.0, NAN, -INF],), [1, 4, 0], None),
    Edge(
        "searchsorted",
        lambda v: searchsorted(STEPS, v, side="right"),
        ([0.0, NAN, -1.0],),
        [3, 4, 1],
        None,
    ),
]
