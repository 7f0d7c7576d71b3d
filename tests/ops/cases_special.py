"""Cases of SciPy's special functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import jax.scipy as jsp
import jax.scipy.special as jss
import mpmath
import numpy as np

from chainrule.autodiff.odeint import odeint
from chainrule.ops import special as sp
from chainrule.ops.signal_convolution import full_convolution
from ops.case import Case, Edge, binary, numbers, unary
from ops.formulas import CALLS
from ops.numeric import numeric, of_orders

INF, NAN = math.inf, math.nan
ROOT_PI, EULER = math.sqrt(math.pi), 0.57721566490153286
WIDE, POSITIVE, CHANCE = (-2.0, 2.0), (0.3, 3.0), (0.05, 0.95)
BASEL = math.pi**2 / 6


def one(name: str, *ranges: tuple[float, float], **options: Any) -> list[Case]:
    """Cases of a function of one number, with mpmath's answers."""
    return unary(name, getattr(sp, name), numeric(CALLS[name]), *ranges, **options)


def two(name: str, *ranges: tuple[float, float], **options: Any) -> list[Case]:
    """Cases of a function of two numbers, with mpmath's answers."""
    return binary(name, getattr(sp, name), numeric(CALLS[name], (0, 0)), *ranges, **options)


def ordered(
    name: str, orders: Sequence[float], *ranges: tuple[float, float], **options: Any
) -> list[Case]:
    """Cases with one order at a time, and with an array of orders that broadcasts."""
    function, oracle = getattr(sp, name), CALLS[name]
    cases = [
        Case(
            name,
            partial(function, order),
            numeric(partial(oracle, order)),
            (numbers((2, 3), *ranges[0]),),
            **options,
        )
        for order in orders
    ]
    several = partial(function, np.asarray(orders))  # whose precision the result has
    first = partial(function, orders[0]), numeric(partial(oracle, orders[0]))
    x = numbers((2, 1), *ranges[0], 5)
    return [
        *cases,
        *unary(name, *first, *ranges, **options)[1:],
        Case(name, several, of_orders(oracle, orders), (x,), rounds=True, **options),
    ]


def given(name: str, *first: float, x: tuple[float, float], **options: Any) -> list[Case]:
    """Cases of a function of its last number, with the others given."""
    function, oracle = partial(getattr(sp, name), *first), partial(CALLS[name], *first)
    return unary(name, function, numeric(oracle), x, **options)


CASES: list[Case] = [
    # error functions
    *unary("erfc", sp.erfc, jss.erfc, WIDE),
    *one("erfcx", WIDE),
    *one("erfinv", (-0.9, 0.9), integers=False),
    *one("erfcinv", (0.1, 1.9), integers=False),
    *one("log_ndtr", WIDE),
    *one("ndtri", CHANCE, integers=False),
    *one("ndtri_exp", (-3.0, -0.1), integers=False),
    # gamma functions
    *one("gamma", POSITIVE, (-1.9, -1.1)),
    *one("gammaln", POSITIVE),
    *one("loggamma", POSITIVE),
    *one("digamma", POSITIVE, (-1.9, -1.1)),
    *one("rgamma", (0.6, 3.0), (-1.9, 0.4)),
    *one("gammasgn", (0.1, 0.9), (-0.9, -0.1), flat=True, integers=False),
    *ordered("polygamma", (1.0, 2.0), POSITIVE),
    *two("beta", POSITIVE, POSITIVE),
    *two("betaln", POSITIVE, POSITIVE),
    *ordered("gammainc", (0.5, 2.5), POSITIVE),
    *ordered("gammaincc", (0.5, 2.5), POSITIVE),
    *given("betainc", 2.5, 1.5, x=CHANCE, integers=False),
    *given("betaincc", 2.5, 1.5, x=CHANCE, integers=False),
    *ordered("stdtr", (1.0, 3.5), POSITIVE, (-3.0, -0.3)),
    # logarithms
    *binary("xlogy", sp.xlogy, jss.xlogy, WIDE, POSITIVE),
    *binary("xlog1py", sp.xlog1py, jss.xlog1py, WIDE, (-0.7, 2.0)),
    *unary("entr", sp.entr, jss.entr, POSITIVE),
    *binary("rel_entr", sp.rel_entr, jss.rel_entr, POSITIVE, POSITIVE),
    *binary("kl_div", sp.kl_div, jss.kl_div, POSITIVE, POSITIVE),
    *unary("log_expit", sp.log_expit, jax.nn.log_sigmoid, WIDE),
    *unary("logit", sp.logit, jss.logit, CHANCE, integers=False),
    *binary("log_ratio", sp.log_ratio, lambda x, y: jnp.log(x / y), POSITIVE, POSITIVE),
    *binary(
        "polygamma_difference",
        sp.polygamma_difference,
        lambda a, b: jss.digamma(a) - jss.digamma(a + b),
        POSITIVE,
        POSITIVE,
    ),
    *unary(
        "scaled_derivative",
        partial(sp.scaled_derivative, "dawsn"),
        numeric(lambda x: 1 - 2 * x * CALLS["dawsn"](x)),
        WIDE,
    ),
    *one("stirling_error", POSITIVE, (12.0, 20.0)),
    # about the exponential function
    *one("exprel", POSITIVE, (-3.0, -0.3)),
    *given("hyp1f1", 1.5, 2.5, x=WIDE),
    *given("hyp1f1", 2.0, 0.5, x=WIDE),
    *one("exp1", POSITIVE),
    *one("expi", POSITIVE, (-3.0, -0.3)),
    *one("dawsn", WIDE),
    # Bessel functions
    *one("j0", WIDE, (5.0, 20.0)),
    *one("j1", WIDE, (5.0, 20.0)),
    *ordered("jv", (0.0, 2.0, 1.5), POSITIVE),
    *one("y0", POSITIVE, (5.0, 20.0)),
    *one("y1", POSITIVE, (5.0, 20.0)),
    *ordered("yn", (0.0, 1.0, 2.0), POSITIVE),
    *ordered("yv", (0.5, 1.0), POSITIVE),
    *one("i0", WIDE, (5.0, 20.0)),
    *one("i1", WIDE, (5.0, 20.0)),
    *one("i0e", POSITIVE, (-3.0, -0.3), integers=False),
    *one("i1e", POSITIVE, (-3.0, -0.3), (150.0, 200.0)),
    *ordered("iv", (0.0, 2.0, 1.5), POSITIVE),
    *ordered("ive", (1.5, 2.0, 0.0), POSITIVE),
    *given("ive", 2.0, x=(-3.0, -0.3)),
    *one("k0", POSITIVE),
    *one("k1", POSITIVE),
    *ordered("kv", (0.5, 1.0), POSITIVE),
    *ordered("kve", (0.5, 1.0), POSITIVE),
    # of whole arrays
    *[
        Case("full_convolution", full_convolution, jsp.signal.convolve, (x, y))
        for shapes in (((3,), (2,)), ((2,), (4,)), ((2, 3), (2, 2)), ((2, 2, 2), (2, 1, 2)))
        for x, y in [[numbers(shape, *WIDE, i) for i, shape in enumerate(shapes)]]
    ],
]

EDGES = [
    Edge("erfc", sp.erfc, ([0.0, INF, -INF],), [1.0, 0.0, 2.0], ([-2 / ROOT_PI, 0.0, 0.0],)),
    Edge("erfcx", sp.erfcx, ([0.0, 1e200, -INF],), [1.0, 1e-200 / ROOT_PI, INF], None),
    Edge("erfinv", sp.erfinv, ([1.0, -1.0, 2.0],), [INF, -INF, NAN], ([INF, INF, NAN],)),
    Edge("erfcinv", sp.erfcinv, ([0.0, 2.0, 3.0],), [INF, -INF, NAN], ([-INF, -INF, NAN],)),
    Edge("log_ndtr", sp.log_ndtr, ([40.0, -INF, -1e10],), [-0.0, -INF, -5e19], ([0.0, INF, 1e10],)),
    Edge("ndtri", sp.ndtri, ([0.0, 1.0, 2.0],), [-INF, INF, NAN], ([INF, INF, NAN],)),
    Edge("ndtri_exp", sp.ndtri_exp, ([-5e19, 0.0],), [-1e10, INF], ([1e-10, INF],)),
    Edge("gamma", sp.gamma, ([0.0, 200.0, -1.5],), [INF, INF, 4 * ROOT_PI / 3],
         ([-INF, INF, 4 * ROOT_PI / 3 * (8 / 3 - EULER - math.log(4))],)),
    Edge("gammaln", sp.gammaln, ([0.0, 1.0, INF],), [INF, 0.0, INF], ([-INF, -EULER, INF],)),
    Edge("loggamma", sp.loggamma, ([0.0, 1.0, -0.5],), [INF, 0.0, NAN], None),
    Edge("digamma", sp.digamma, ([0.0, 1.0, INF],), [-INF, -EULER, INF], ([INF, BASEL, 0.0],)),
    Edge("polygamma", partial(sp.polygamma, 1), ([0.0, 1.0, INF],), [INF, BASEL, 0.0],
         ([-INF, -2 * 1.2020569031595942, 0.0],)),
    Edge("polygamma", partial(sp.polygamma, 0), ([0.0, 1.0],), [-INF, -EULER], ([INF, BASEL],)),
    Edge("rgamma", sp.rgamma, ([0.0, -1.0, -2.0, -3.0, 0.5, 200.0],),
         [0.0, 0.0, 0.0, 0.0, 1 / ROOT_PI, 0.0],
         ([1.0, -1.0, 2.0, -6.0, (EULER + math.log(4)) / ROOT_PI, 0.0],)),
    Edge("gammasgn", sp.gammasgn, ([0.5, -0.5, -1.5, -1.0],), [1.0, -1.0, 1.0, NAN], ([0.0] * 4,),
         kink=[False, False, False, True]),
    Edge("beta", sp.beta, ([1.0, 0.0, 3.0], [1.0, 2.0, 2.0]), [1.0, INF, 1 / 12],
         ([-1.0, -INF, -7 / 144], [-1.0, NAN, -13 / 144])),
    Edge("betaln", sp.betaln, ([1.0, 0.0], [1.0, 2.0]), [0.0, INF], ([-1.0, -INF], [-1.0, 0.0])),
    Edge("gammainc", partial(sp.gammainc, 1.0), ([0.0, 1000.0, INF],), [0.0, 1.0, 1.0],
         ([1.0, 0.0, 0.0],)),
    Edge("gammainc", partial(sp.gammainc, 0.5), ([0.0, INF],), [0.0, 1.0], ([INF, 0.0],)),
    Edge("gammaincc", partial(sp.gammaincc, 1.0), ([0.0, 700.0, INF],), [1.0, math.exp(-700), 0.0],
         ([-1.0, -math.exp(-700), 0.0],)),
    Edge("betainc", partial(sp.betainc, 1.0, 2.0), ([0.0, 1.0, 0.5],), [0.0, 1.0, 0.75],
         ([2.0, 0.0, 1.0],)),
    Edge("betaincc", partial(sp.betaincc, 1.0, 2.0), ([0.0, 1.0, 0.5],), [1.0, 0.0, 0.25],
         ([-2.0, 0.0, -1.0],)),
    Edge("stdtr", partial(sp.stdtr, 1.0), ([0.0, INF, -INF, 1e200],), [0.5, 1.0, 0.0, 1.0],
         ([1 / math.pi, 0.0, 0.0, 0.0],)),
    Edge("xlogy", sp.xlogy, ([0.0, 0.0, 1.0, 0.0], [0.0, INF, 0.0, 2.0]), [0.0, 0.0, -INF, 0.0],
         ([-INF, INF, -INF, math.log(2)], [0.0, 0.0, INF, 0.0])),
    Edge("xlog1py", sp.xlog1py, ([0.0, 0.0, 1.0], [-1.0, INF, -1.0]), [0.0, 0.0, -INF],
         ([-INF, INF, -INF], [0.0, 0.0, INF])),
    Edge("entr", sp.entr, ([0.0, 1.0, -1.0],), [0.0, -0.0, -INF], ([INF, -1.0, NAN],)),
    Edge("rel_entr", sp.rel_entr, ([0.0, 0.0, 1.0], [0.0, 1.0, 0.0]), [0.0, 0.0, INF],
         ([NAN, -INF, INF], [0.0, 0.0, -INF])),
    Edge("kl_div", sp.kl_div, ([0.0, 0.0, 1.0], [0.0, 1.0, 0.0]), [0.0, 1.0, INF],
         ([NAN, -INF, INF], [1.0, 1.0, -INF])),
    Edge("log_ratio", sp.log_ratio, ([1.0, 0.0, 1.0, 1e300], [1.0, 1.0, 0.0, 1e-300]),
         [0.0, -INF, INF, 600 * math.log(10)], None),
    Edge("polygamma_difference", sp.polygamma_difference, ([1.0, -0.5, 1.0], [1.0, 1.0, -0.5]),
         [-1.0, 2.0, 2 * math.log(2)], None),
    Edge("stirling_error", sp.stirling_error, ([INF, 1e100, NAN],), [0.0, 1 / 1.2e101, NAN], None),
    Edge("scaled_derivative", partial(sp.scaled_derivative, "dawsn"), ([0.0, INF, -INF, NAN],),
         [1.0, -0.0, -0.0, NAN], None),
    Edge("log_expit", sp.log_expit, ([1000.0, -1000.0, 0.0],), [-0.0, -1000.0, -math.log(2)],
         ([0.0, 1.0, 0.5],)),
    Edge("logit", sp.logit, ([0.0, 1.0, 0.5, 2.0],), [-INF, INF, 0.0, NAN],
         ([INF, INF, 4.0, -0.5],)),
    Edge("exprel", sp.exprel, ([0.0, 1000.0, 1e-20, -1e3],), [1.0, INF, 1.0, 1e-3],
         ([0.5, INF, 0.5, 1e-6],)),
    Edge("hyp1f1", partial(sp.hyp1f1, 1.0, 2.0), ([0.0, 1000.0],), [1.0, INF], ([0.5, INF],)),
    Edge("exp1", sp.exp1, ([0.0, INF, -1.0],), [INF, 0.0, NAN], ([-INF, 0.0, math.e],)),
    Edge("expi", sp.expi, ([0.0, 1000.0],), [-INF, INF], ([INF, INF],)),
    Edge("dawsn", sp.dawsn, ([0.0, 1e10],), [0.0, 5e-11], ([1.0, 0.0],)),
    Edge("j0", sp.j0, ([0.0, INF],), [1.0, NAN], ([0.0, NAN],)),
    Edge("j1", sp.j1, ([0.0, INF],), [0.0, NAN], ([0.5, NAN],)),
    Edge("jv", partial(sp.jv, 1.0), ([0.0],), [0.0], ([0.5],)),
    Edge("jv", partial(sp.jv, 2.0), ([0.0],), [0.0], ([0.0],), curvature=[0.25]),
    Edge("y0", sp.y0, ([0.0, -1.0],), [-INF, NAN], ([INF, NAN],)),
    Edge("y1", sp.y1, ([0.0, -1.0],), [-INF, NAN], None),
    Edge("yn", partial(sp.yn, 2.0), ([0.0, -1.0],), [-INF, NAN], None),
    Edge("yv", partial(sp.yv, 0.5), ([0.0, -1.0],), [-INF, NAN], None),
    Edge("i0", sp.i0, ([0.0, 1000.0, -1000.0],), [1.0, INF, INF], ([0.0, INF, -INF],)),
    Edge("i1", sp.i1, ([0.0, 1000.0, -1000.0],), [0.0, INF, -INF], ([0.5, INF, INF],)),
    Edge("i0e", sp.i0e, ([0.0, INF],), [1.0, 0.0], ([0.0, 0.0],), kink=[True, False]),
    Edge("i1e", sp.i1e, ([0.0, 1e300, -INF, 200.0],),
         [0.0, 1e-150 / math.sqrt(2 * math.pi), -0.0, float(CALLS["i1e"](200))],
         ([0.5, 0.0, 0.0, float(mpmath.diff(CALLS["i1e"], 200))],)),
    Edge("iv", partial(sp.iv, 1.0), ([0.0, 1000.0],), [0.0, INF], ([0.5, INF],)),
    Edge("ive", partial(sp.ive, 0.0), ([0.0],), [1.0], ([0.0],), kink=[True]),
    Edge("ive", partial(sp.ive, 1.0), ([0.0],), [0.0], ([0.5],), kink=[False]),
    Edge("k0", sp.k0, ([0.0, 1000.0, -1.0],), [INF, 0.0, NAN], ([-INF, 0.0, NAN],)),
    Edge("k1", sp.k1, ([0.0, 1000.0],), [INF, 0.0], ([-INF, 0.0],)),
    Edge("kv", partial(sp.kv, 0.5), ([0.0, 1000.0],), [INF, 0.0], ([-INF, 0.0],)),
    Edge("kve", partial(sp.kve, 0.5), ([0.0, 1000.0],), [INF, math.sqrt(math.pi / 2000)],
         ([NAN, -math.sqrt(math.pi / 2000) / 2000],)),
    Edge("full_convolution", full_convolution, ([1.0, INF], [0.0, 2.0]), [0.0, NAN, INF], None),
    Edge("odeint", lambda y, t: odeint(lambda y, t: [2.0, 0.0], y, t), ([1.0, -1.0], [0.0, 0.0]),
         [[1.0, -1.0], [1.0, -1.0]], ([2.0, 2.0], [-2.0, 2.0])),
]  # fmt: skip
