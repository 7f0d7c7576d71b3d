"""Products with logarithms, where 0·ln 0 is 0; terms of entropies and divergences."""

from __future__ import annotations

import numpy as np
from scipy import special

from chainrule.graph import Array
from chainrule.ops.define import binary, called, floating, unary
from chainrule.ops.elementwise import log, log1p, where
from chainrule.ops.special.derivatives import log_ratio
from chainrule.ops.tensor import Tensor

__all__ = ["entr", "kl_div", "rel_entr", "xlog1py", "xlogy"]


def _share(x: Tensor, y: Tensor) -> Tensor:
    """x / y, but 0 where x = 0, also at y = 0."""
    none = x == 0.0
    return where(none, 0.0, x / where(none, 1.0, y))


def _excess(x: Tensor, y: Tensor) -> Tensor:
    """1 − x / y, which keeps its digits where x is near y; 1 where x = 0, also at y = 0."""
    none = x == 0.0
    return where(none, 1.0, (y - x) / where(none, 1.0, y))


@binary(
    vjp=(lambda g, z, x, y: g * log(y), lambda g, z, x, y: g * _share(x, y)),
    notation=called("xlogy", r"\operatorname{xlogy}"),
    numpy=(special.xlogy,),
    dtype=floating,
    domain="a positive second number",
)
def xlogy(x: Array, y: Array) -> Array:
    """x·ln y, which is 0 where x = 0: ∂z/∂x = ln y,  ∂z/∂y = x / y  (0 where x = 0).

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.xlogy(cr.variable(0.0), 0.0)
    Tensor(0.0)
    """
    return special.xlogy(x, y)


@binary(
    vjp=(lambda g, z, x, y: g * log1p(y), lambda g, z, x, y: g * _share(x, 1.0 + y)),
    notation=called("xlog1py", r"\operatorname{xlog1py}"),
    numpy=(special.xlog1py,),
    dtype=floating,
    domain="a second number above -1",
)
def xlog1py(x: Array, y: Array) -> Array:
    """x·ln(1 + y), which is 0 where x = 0: ∂z/∂x = ln(1 + y),  ∂z/∂y = x / (1 + y).

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.xlog1py(cr.variable(0.0), -1.0)
    Tensor(0.0)
    """
    return special.xlog1py(x, y)


@unary(
    vjp=lambda g, y, x: -(g * (log(x) + 1.0)),
    notation=called("entr", r"\operatorname{entr}"),
    numpy=(special.entr,),
    domain="a number that is not negative",
)
def entr(x: Array) -> Array:
    """−x·ln x, a term of an entropy: 0 at 0, −∞ below; the derivative is −ln x − 1, infinite at 0.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.entr(cr.variable(0.0))
    Tensor(0.0)
    """
    return special.entr(x)


@binary(
    vjp=(lambda g, z, x, y: g * (log_ratio(x, y) + 1.0), lambda g, z, x, y: -(g * _share(x, y))),
    notation=called("rel_entr", r"\operatorname{rel\_entr}"),
    numpy=(special.rel_entr,),
    dtype=floating,
    domain="positive numbers",
)
def rel_entr(x: Array, y: Array) -> Array:
    """x·ln(x / y), a term of a divergence, 0 where x = 0.

    ∂z/∂x = ln(x / y) + 1,  ∂z/∂y = −x / y  (0 where x = 0)

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.rel_entr(cr.variable(2.0), 2.0)
    Tensor(0.0)
    """
    return special.rel_entr(x, y)


def _kl_div(x: Array, y: Array) -> Array:
    """Near x = y, where the terms cancel, y·(t²/2 − t³/6 + t⁴/12 − …) in t = x/y − 1."""
    found = np.asarray(special.kl_div(x, y))
    wide_x, wide_y = np.broadcast_arrays(*(np.asarray(one, np.float64) for one in (x, y)))
    near = np.abs(wide_x - wide_y) < 0.1 * wide_y
    y = wide_y[near]
    t = (wide_x[near] - y) / y
    total = np.zeros_like(t)
    for k in range(17, 1, -1):
        total = 1.0 / (k * (k - 1)) - t * total
    found[near] = y * t * t * total
    return found


@binary(
    vjp=(lambda g, z, x, y: g * log_ratio(x, y), lambda g, z, x, y: g * _excess(x, y)),
    notation=called("kl_div", r"\operatorname{kl\_div}"),
    numpy=(special.kl_div,),
    dtype=floating,
    domain="positive numbers",
)
def kl_div(x: Array, y: Array) -> Array:
    """x·ln(x / y) − x + y, which is convex: ∂z/∂x = ln(x / y),  ∂z/∂y = 1 − x / y.

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.kl_div(cr.variable(2.0), 2.0)
    Tensor(0.0)

    Boyd and Vandenberghe, "Convex Optimization", 2004.
    """
    return _kl_div(x, y)
