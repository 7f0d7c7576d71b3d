"""Cases of trigonometric and hyperbolic functions, logarithms and their inverses."""

from __future__ import annotations

import math

import jax.numpy as jnp

import chainrule as cr
from ops.case import Case, Edge, binary, unary

INF, NAN = math.inf, math.nan
RIGHT, LN_2, LN_10 = math.pi / 2, math.log(2), math.log(10)
WIDE, POSITIVE = (-2.0, 2.0), (0.3, 3.0)

CASES: list[Case] = [
    *unary("tan", cr.tan, jnp.tan, (-1.2, 1.2)),
    *unary("arcsin", cr.arcsin, jnp.arcsin, (-0.9, 0.9), integers=False),
    *unary("arccos", cr.arccos, jnp.arccos, (-0.9, 0.9), integers=False),
    *unary("arctan", cr.arctan, jnp.arctan, WIDE),
    *binary("arctan2", cr.arctan2, jnp.arctan2, (0.3, 2.0), WIDE),
    *binary("arctan2", cr.arctan2, jnp.arctan2, (-2.0, -0.3), WIDE),
    *binary("hypot", cr.hypot, jnp.hypot, WIDE, (0.3, 2.0)),
    *unary("sinh", cr.sinh, jnp.sinh, WIDE),
    *unary("cosh", cr.cosh, jnp.cosh, WIDE),
    *unary("arcsinh", cr.arcsinh, jnp.arcsinh, WIDE),
    *unary("arccosh", cr.arccosh, jnp.arccosh, (1.1, 3.0), integers=False),
    *unary("arctanh", cr.arctanh, jnp.arctanh, (-0.9, 0.9), integers=False),
    *unary("exp2", cr.exp2, jnp.exp2, WIDE),
    *unary("log2", cr.log2, jnp.log2, POSITIVE),
    *unary("log10", cr.log10, jnp.log10, POSITIVE),
    *unary("cbrt", cr.cbrt, jnp.cbrt, POSITIVE, (-3.0, -0.3)),
    *binary("logaddexp", cr.logaddexp, jnp.logaddexp, WIDE, WIDE),
    *binary("logaddexp2", cr.logaddexp2, jnp.logaddexp2, WIDE, WIDE),
]

EDGES = [
    Edge("tan", cr.tan, ([0.0, INF],), [0.0, NAN], ([1.0, NAN],)),
    Edge("arcsin", cr.arcsin, ([0.0, 2.0],), [0.0, NAN], ([1.0, NAN],)),
    Edge("arccos", cr.arccos, ([1.0, 2.0],), [0.0, NAN], ([-INF, NAN],)),
    Edge(
        "arctan",
        cr.arctan,
        ([INF, -INF, 1e200],),
        [RIGHT, -RIGHT, RIGHT],
        ([0.0] * 3,),
    ),
    Edge(
        "arctan2",
        cr.arctan2,
        ([0.0, 0.0, -0.0, 1e200], [0.0, -1.0, -1.0, 0.0]),
        [0.0, math.pi, -math.pi, RIGHT],
        ([0.0, -1.0, -1.0, 0.0], [0.0, 0.0, 0.0, -1e-200]),
        kink=[True, False, False, False],
    ),
    Edge(
        "hypot",
        cr.hypot,
        ([0.0, 3e200, INF], [0.0, 4e200, NAN]),
        [0.0, 5e200, INF],
        ([0.0, 0.6, NAN], [0.0, 0.8, NAN]),
        kink=[True, False, False],
    ),
    Edge("sinh", cr.sinh, ([0.0, 1000.0, -INF],), [0.0, INF, -INF], ([1.0, INF, INF],)),
    Edge("cosh", cr.cosh, ([0.0, 1000.0, -INF],), [1.0, INF, INF], ([0.0, INF, -INF],)),
    Edge(
        "arcsinh",
        cr.arcsinh,
        ([0.0, 1e200, -INF],),
        [0.0, math.asinh(1e200), -INF],
        ([1.0, 1e-200, 0.0],),
    ),
    Edge("arccosh", cr.arccosh, ([1.0, 0.5, INF],), [0.0, NAN, INF], ([INF, NAN, 0.0],)),
    Edge("arctanh", cr.arctanh, ([1.0, -1.0, 2.0],), [INF, -INF, NAN], ([INF, INF, -1 / 3],)),
    Edge(
        "exp2",
        cr.exp2,
        ([-INF, 2000.0, 10.0],),
        [0.0, INF, 1024.0],
        ([0.0, INF, 1024 * LN_2],),
    ),
    Edge("log2", cr.log2, ([0.0, -1.0, INF],), [-INF, NAN, INF], ([INF, -1 / LN_2, 0.0],)),
    Edge("log10", cr.log10, ([0.0, -1.0, INF],), [-INF, NAN, INF], ([INF, -1 / LN_10, 0.0],)),
    Edge("cbrt", cr.cbrt, ([0.0, -27.0, INF],), [0.0, -3.0, INF], ([INF, 1 / 27, 0.0],)),
    Edge(
        "logaddexp",
        cr.logaddexp,
        ([1000.0, -INF, 1e8], [0.0, 2.0, 1e8]),
        [1000.0, 2.0, 1e8 + LN_2],
        ([1.0, 0.0, 0.5], [0.0, 1.0, 0.5]),
    ),
    Edge(
        "logaddexp2",
        cr.logaddexp2,
        ([5000.0, -INF, 3.0], [0.0, 2.0, 3.0]),
        [5000.0, 2.0, 4.0],
        ([1.0, 0.0, 0.5], [0.0, 1.0, 0.5]),
    ),
]
