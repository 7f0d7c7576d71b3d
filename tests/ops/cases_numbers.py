"""Cases of the sinc function and its derivatives."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp

from chainrule.ops.define import apply
from chainrule.ops.numbers.sinc import sinc
from chainrule.ops.registry import PRIMITIVES
from chainrule.ops.tensor import lift
from ops.case import Case, Edge, unary

INF, NAN = math.inf, math.nan
PI_2 = math.pi**2


def derivative(x):
    return apply(PRIMITIVES["sinc"], lift(x), order=1)


CASES: list[Case] = [
    *unary("sinc", sinc, jnp.sinc, (-0.9, 0.9), (1.1, 3.0), (-7.0, -3.0)),
    *unary("sinc", derivative, jnp.vectorize(jax.grad(jnp.sinc)), (-0.9, 0.9), (1.1, 3.0))[:2],
]

EDGES: list[Edge] = [
    Edge("sinc", sinc, ([0.0, INF, NAN],), [1.0, NAN, NAN], ([0.0, NAN, NAN],)),
    Edge(
        "sinc", sinc, ([0.0, 1e-9],), [1.0, 1.0], ([0.0, -PI_2 / 3e9],), curvature=[-PI_2 / 3] * 2
    ),
    Edge("sinc", derivative, ([0.0],), [-0.0], ([-PI_2 / 3],), curvature=[0.0]),
]
