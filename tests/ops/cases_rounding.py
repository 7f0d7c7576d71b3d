"""Cases of rounding, remainders and logical operations."""

from __future__ import annotations

import math

import jax.numpy as jnp

import chainrule as cr
from ops.case import Case, Edge, binary, unary

INF, NAN = math.inf, math.nan
WIDE = (-2.0, 2.0)

CASES: list[Case] = [
    *binary("logical_and", cr.logical_and, jnp.logical_and, WIDE, WIDE, flat=True),
    *binary("logical_or", cr.logical_or, jnp.logical_or, WIDE, WIDE, flat=True),
    *binary("logical_xor", cr.logical_xor, jnp.logical_xor, WIDE, WIDE, flat=True),
    *unary("logical_not", cr.logical_not, jnp.logical_not, WIDE, flat=True),
    *unary("floor", cr.floor, jnp.floor, WIDE, flat=True),
    *unary("ceil", cr.ceil, jnp.ceil, WIDE, flat=True),
    *unary("trunc", cr.trunc, jnp.trunc, WIDE, flat=True),
    *unary("rint", cr.rint, jnp.rint, WIDE, flat=True),
    *[
        case
        for decimals in (2, -1)
        for case in unary(
            "rint",
            lambda x, decimals=decimals: cr.round(x, decimals),
            lambda x, decimals=decimals: jnp.round(x, decimals),
            (-20.0, 20.0),
            flat=True,
        )
    ],
    *[
        case
        for name, function, oracle, options in (
            ("floor_divide", cr.floor_divide, jnp.floor_divide, {"flat": True}),
            ("mod", cr.mod, jnp.mod, {}),
            ("fmod", cr.fmod, jnp.fmod, {}),
        )
        for dividends, divisors in (((1.0, 2.0), (-0.9, -0.4)), ((-2.0, -1.0), (0.4, 0.9)))
        for case in binary(name, function, oracle, dividends, divisors, integers=False, **options)
    ],
]

EDGES = [
    Edge(
        "floor",
        cr.floor,
        ([0.0, 1.0, -0.5, INF],),
        [0.0, 1.0, -1.0, INF],
        ([0.0, 0.0, 0.0, 0.0],),
        kink=[True, True, False, True],
    ),
    Edge(
        "ceil",
        cr.ceil,
        ([0.0, 1.0, 0.5, -INF],),
        [0.0, 1.0, 1.0, -INF],
        ([0.0, 0.0, 0.0, 0.0],),
        kink=[True, True, False, True],
    ),
    Edge(
        "trunc",
        cr.trunc,
        ([0.0, 1.0, -1.5],),
        [0.0, 1.0, -1.0],
        ([0.0, 0.0, 0.0],),
        kink=[False, True, False],
    ),
    Edge(
        "rint",
        cr.rint,
        ([0.5, 1.5, -2.5, 1.0],),
        [0.0, 2.0, -2.0, 1.0],
        ([0.0, 0.0, 0.0, 0.0],),
        kink=[True, True, True, False],
    ),
    Edge(
        "floor_divide", cr.floor_divide, ([7.0, -7.0, 1.0], [2.0, 2.0, INF]), [3.0, -4.0, 0.0], None
    ),
    Edge(
        "mod",
        cr.mod,
        ([7.0, -7.0, 6.0, 1.0], [2.0, 2.0, 3.0, 0.0]),
        [1.0, 1.0, 0.0, NAN],
        ([1.0, 1.0, 1.0, 1.0], [-3.0, 4.0, -2.0, -INF]),
        kink=[False, False, True, False],
    ),
    Edge(
        "fmod",
        cr.fmod,
        ([7.0, -7.0, 6.0, 0.0], [2.0, 2.0, 3.0, 2.0]),
        [1.0, -1.0, 0.0, 0.0],
        ([1.0, 1.0, 1.0, 1.0], [-3.0, 3.0, -2.0, 0.0]),
        kink=[False, False, True, False],
    ),
    Edge("logical_and", cr.logical_and, ([0.0, NAN], [1.0, 1.0]), [False, True], None),
    Edge("logical_or", cr.logical_or, ([0.0, NAN], [0.0, 0.0]), [False, True], None),
    Edge("logical_xor", cr.logical_xor, ([0.0, NAN], [1.0, 1.0]), [True, False], None),
    Edge("logical_not", cr.logical_not, ([0.0, NAN],), [True, False], None),
]
