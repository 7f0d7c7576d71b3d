"""Cases of elementwise operations.  Add a row here for every new one."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp

import chainrule as cr
from ops.case import SHAPES, Case, Edge, binary, numbers, unary

INF, NAN = math.inf, math.nan
WIDE, POSITIVE = (-2.0, 2.0), (0.3, 3.0)

CASES = [
    *binary("add", cr.add, jnp.add, WIDE, WIDE),
    *binary("sub", cr.sub, jnp.subtract, WIDE, WIDE),
    *binary("mul", cr.mul, jnp.multiply, WIDE, WIDE),
    *binary("div", cr.div, jnp.divide, WIDE, (0.4, 2.0)),
    *binary("div", cr.div, jnp.divide, WIDE, (-2.0, -0.4)),
    *binary("pow", cr.power, jnp.power, POSITIVE, WIDE),
    *binary("maximum", cr.maximum, jnp.maximum, WIDE, WIDE),
    *binary("minimum", cr.minimum, jnp.minimum, WIDE, WIDE),
    *binary("less", cr.less, jnp.less, WIDE, WIDE, flat=True),
    *binary("less_equal", cr.less_equal, jnp.less_equal, WIDE, WIDE, flat=True),
    *binary("greater", cr.greater, jnp.greater, WIDE, WIDE, flat=True),
    *binary("greater_equal", cr.greater_equal, jnp.greater_equal, WIDE, WIDE, flat=True),
    *binary("equal", cr.equal, jnp.equal, WIDE, WIDE, flat=True),
    *binary("not_equal", cr.not_equal, jnp.not_equal, WIDE, WIDE, flat=True),
    *unary("root", cr.root, jnp.sqrt, POSITIVE),
    *unary("neg", cr.neg, jnp.negative, WIDE),
    *unary("square", cr.square, jnp.square, WIDE),
    *unary("sqrt", cr.sqrt, jnp.sqrt, POSITIVE),
    *unary("abs", cr.abs, jnp.abs, WIDE),
    *unary("sign", cr.sign, jnp.sign, WIDE, flat=True),
    *unary("exp", cr.exp, jnp.exp, WIDE),
    *unary("log", cr.log, jnp.log, POSITIVE),
    *unary("log1p", cr.log1p, jnp.log1p, (-0.8, 2.0), (1e-9, 1e-7)),
    *unary("expm1", cr.expm1, jnp.expm1, WIDE, (1e-9, 1e-7)),
    *unary("sin", cr.sin, jnp.sin, WIDE),
    *unary("cos", cr.cos, jnp.cos, WIDE),
    *unary("tanh", cr.tanh, jnp.tanh, WIDE),
    *unary("sigmoid", cr.sigmoid, jax.nn.sigmoid, WIDE, (-9.0, 9.0)),
    *unary("softplus", cr.softplus, jax.nn.softplus, WIDE, (-9.0, 9.0)),
    *unary("relu", cr.relu, jax.nn.relu, WIDE, (-0.9, 0.9)),
    *unary("silu", cr.silu, jax.nn.silu, WIDE, (-9.0, 9.0)),
    *unary("erf", cr.erf, jax.scipy.special.erf, WIDE),
    *unary("normal_cdf", cr.normal_cdf, jax.scipy.stats.norm.cdf, WIDE, (-5.0, 5.0)),
    *unary("gelu", cr.gelu, lambda x: jax.nn.gelu(x, approximate=False), WIDE, (-5.0, 5.0)),
    *unary("step", cr.step, lambda x: jnp.heaviside(x, 1.0), WIDE, flat=True),
    *[
        case
        for slope in (0.01, 0.3)
        for case in unary(
            "leaky_relu",
            lambda x, slope=slope: cr.leaky_relu(x, slope),
            lambda x, slope=slope: jax.nn.leaky_relu(x, slope),
            WIDE,
            (-0.9, 0.9),
        )
    ],
    *[
        case
        for alpha in (1.0, 0.7)
        for case in unary(
            "elu",
            lambda x, alpha=alpha: cr.elu(x, alpha),
            lambda x, alpha=alpha: jax.nn.elu(x, alpha),
            WIDE,
            (-0.9, 0.9),
        )
    ],
    *[
        case
        for exponent in (2, 3.0, -1.5, 0.5, 1, -1, 0)
        for case in unary(
            "constant_power",
            lambda x, exponent=exponent: cr.power(cr.ops.tensor.lift(x), exponent),
            lambda x, exponent=exponent: jnp.power(x, float(exponent)),
            POSITIVE,
        )
    ],
    *unary(
        "constant_power",
        lambda x: cr.ops.tensor.lift(x) ** 3,
        lambda x: x**3,
        (-2.0, -0.5),
    ),
    *[
        case
        for low, high in ((-0.6, 0.8), (None, 0.25), (-0.25, None))
        for case in unary(
            "clip",
            lambda x, low=low, high=high: cr.clip(x, low, high),
            lambda x, low=low, high=high: jnp.clip(x, low, high),
            (-1.5, 1.5),
        )
    ],
    *[
        Case(
            "where",
            cr.where,
            jnp.where,
            (numbers(c, -1, 1, 3) > 0, numbers(a, *WIDE, 1), numbers(b, *WIDE, 2)),
        )
        for c, (a, b) in zip(
            [(2, 3), (3, 4), (3,), (1,), (2, 1, 1), (), (2, 1), (2, 2, 3), (3,), ()],
            SHAPES,
            strict=True,
        )
    ],
]

EDGES = [
    Edge("add", cr.add, (INF, -INF), NAN, (1.0, 1.0)),
    Edge("sub", cr.sub, (1e308, -1e308), INF, (1.0, -1.0)),
    Edge("mul", cr.mul, ([0.0, INF, -0.0], [INF, 2.0, 3.0]), [NAN, INF, -0.0], None),
    Edge("div", cr.div, ([1.0, 0.0, -1.0], [0.0, 0.0, INF]), [INF, NAN, -0.0], None),
    Edge("neg", cr.neg, ([0.0, -0.0, INF],), [-0.0, 0.0, -INF], ([-1.0, -1.0, -1.0],)),
    Edge("square", cr.square, ([0.0, 1e200],), [0.0, INF], ([0.0, 2e200],), curvature=[2.0, 2.0]),
    Edge("sqrt", cr.sqrt, ([0.0, INF, -1.0],), [0.0, INF, NAN], ([INF, 0.0, NAN],)),
    Edge(
        "abs",
        cr.abs,
        ([0.0, -0.0, INF, -INF],),
        [0.0, 0.0, INF, INF],
        ([0.0, 0.0, 1.0, -1.0],),
        kink=[True, True, False, False],
    ),
    Edge(
        "root",
        cr.root,
        ([0.0, INF, -1.0],),
        [0.0, INF, NAN],
        ([0.0, 0.0, NAN],),
        kink=[True, False, False],
    ),
    Edge(
        "sign",
        cr.sign,
        ([0.0, -0.0, INF, -1e-300],),
        [0.0, 0.0, 1.0, -1.0],
        ([0.0, 0.0, 0.0, 0.0],),
        kink=[True, True, False, False],
    ),
    Edge(
        "maximum",
        cr.maximum,
        ([2.0, 0.0, INF, 3.0], [2.0, 0.0, INF, 4.0]),
        [2.0, 0.0, INF, 4.0],
        ([0.5, 0.5, 0.5, 0.0], [0.5, 0.5, 0.5, 1.0]),
        kink=[True, True, True, False],
    ),
    Edge(
        "minimum",
        cr.minimum,
        ([2.0, 0.0, -INF, 3.0], [2.0, 0.0, -INF, 4.0]),
        [2.0, 0.0, -INF, 3.0],
        ([0.5, 0.5, 0.5, 1.0], [0.5, 0.5, 0.5, 0.0]),
        kink=[True, True, True, False],
    ),
    Edge(
        "pow",
        cr.power,
        ([0.0, 0.0, 0.0, 0.0, -2.0], [2.0, 1.0, 0.0, 3.0, 3.0]),
        [0.0, 0.0, 1.0, 0.0, -8.0],
        ([0.0, 1.0, 0.0, 0.0, 12.0], [0.0, 0.0, 0.0, 0.0, NAN]),
        curvature=[2.0, 0.0, 0.0, 0.0, -12.0],
    ),
    Edge("pow", cr.power, ([0.0], [-1.0]), [INF], ([-INF], [-INF])),
    Edge(
        "constant_power",
        lambda x: cr.ops.tensor.lift(x) ** 2,
        ([0.0, -3.0, 1e200],),
        [0.0, 9.0, INF],
        ([0.0, -6.0, 2e200],),
        curvature=[2.0, 2.0, 2.0],
    ),
    Edge(
        "constant_power",
        lambda x: cr.ops.tensor.lift(x) ** 0,
        ([0.0, -3.0],),
        [1.0, 1.0],
        ([0.0, 0.0],),
    ),
    Edge("exp", cr.exp, ([1000.0, -1000.0, -INF],), [INF, 0.0, 0.0], ([INF, 0.0, 0.0],)),
    Edge("expm1", cr.expm1, ([1000.0, -1000.0, -0.0],), [INF, -1.0, -0.0], ([INF, 0.0, 1.0],)),
    Edge("log", cr.log, ([0.0, INF, -1.0],), [-INF, INF, NAN], ([INF, 0.0, -1.0],)),
    Edge("log1p", cr.log1p, ([-1.0, INF, -0.0],), [-INF, INF, -0.0], ([INF, 0.0, 1.0],)),
    Edge("sin", cr.sin, ([0.0, -0.0, INF],), [0.0, -0.0, NAN], ([1.0, 1.0, NAN],)),
    Edge("cos", cr.cos, ([0.0, INF],), [1.0, NAN], ([0.0, NAN],)),
    Edge(
        "tanh",
        cr.tanh,
        ([1000.0, -1000.0, INF, -0.0],),
        [1.0, -1.0, 1.0, -0.0],
        ([0.0, 0.0, 0.0, 1.0],),
    ),
    Edge(
        "sigmoid",
        cr.sigmoid,
        ([1000.0, -1000.0, INF, -INF, 0.0],),
        [1.0, 0.0, 1.0, 0.0, 0.5],
        ([0.0, 0.0, 0.0, 0.0, 0.25],),
    ),
    Edge(
        "softplus",
        cr.softplus,
        ([1000.0, -1000.0, INF, -INF],),
        [1000.0, 0.0, INF, 0.0],
        ([1.0, 0.0, 1.0, 0.0],),
    ),
    Edge(
        "relu",
        cr.relu,
        ([0.0, -0.0, INF, -INF, 1000.0],),
        [0.0, 0.0, INF, 0.0, 1000.0],
        ([0.0, 0.0, 1.0, 0.0, 1.0],),
        kink=[True, True, False, False, False],
    ),
    Edge("silu", cr.silu, ([1000.0, -1000.0, 0.0],), [1000.0, -0.0, 0.0], ([1.0, 0.0, 0.5],)),
    Edge("erf", cr.erf, ([INF, -1000.0],), [1.0, -1.0], ([0.0, 0.0],)),
    Edge("normal_cdf", cr.normal_cdf, ([INF, -1000.0],), [1.0, 0.0], ([0.0, 0.0],)),
    Edge("gelu", cr.gelu, ([1000.0, -1000.0, 0.0],), [1000.0, -0.0, 0.0], ([1.0, 0.0, 0.5],)),
    Edge(
        "step",
        cr.step,
        ([0.0, -0.0, -1e-300, INF],),
        [1.0, 1.0, 0.0, 1.0],
        ([0.0, 0.0, 0.0, 0.0],),
        kink=[True, True, False, False],
    ),
    Edge(
        "leaky_relu",
        lambda x: cr.leaky_relu(x, 0.25),
        ([0.0, INF, -1000.0],),
        [0.0, INF, -250.0],
        ([0.25, 1.0, 0.25],),
        kink=[True, False, False],
    ),
    Edge(
        "elu",
        lambda x: cr.elu(x, 0.75),
        ([0.0, 1000.0, -1000.0],),
        [0.0, 1000.0, -0.75],
        ([0.75, 1.0, 0.0],),
        kink=[True, False, False],
    ),
    Edge("elu", cr.elu, ([0.0, 1.0],), [0.0, 1.0], ([1.0, 1.0],), kink=[False, False]),
    Edge("elu", cr.elu, ([1000.0],), [1000.0], ([1.0],), curvature=[0.0]),
    Edge(
        "clip",
        lambda x: cr.clip(x, -1, 2),
        ([-1.0, 2.0, 0.0, INF, -INF],),
        [-1.0, 2.0, 0.0, 2.0, -1.0],
        ([1.0, 1.0, 1.0, 0.0, 0.0],),
        kink=[True, True, False, False, False],
    ),
    Edge(
        "where",
        cr.where,
        ([True, False], [1.0, NAN], [NAN, 2.0]),
        [1.0, 2.0],
        (None, [1.0, 0.0], [0.0, 1.0]),
    ),
    *[
        Edge(name, function, ([1.0, 1.0, NAN, 0.0], [1.0, 2.0, NAN, -0.0]), value, None)
        for name, function, value in [
            ("less", cr.less, [False, True, False, False]),
            ("less_equal", cr.less_equal, [True, True, False, True]),
            ("greater", cr.greater, [False, False, False, False]),
            ("greater_equal", cr.greater_equal, [True, False, False, True]),
            ("equal", cr.equal, [True, False, False, True]),
            ("not_equal", cr.not_equal, [False, True, True, False]),
        ]
    ],
]

# f(nan) is nan, whatever the other operands are
SWALLOWS_NAN = {"where", "constant_power"}  # the other branch; x^0 is 1 for every x
PROPAGATES_NAN = [
    case
    for case in CASES
    if (not case.flat and case.primitive not in SWALLOWS_NAN) or case.primitive in ("sign", "step")
]
