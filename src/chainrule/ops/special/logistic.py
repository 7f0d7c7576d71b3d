"""The logarithm of the logistic sigmoid, and the inverse of the sigmoid."""

from __future__ import annotations

from scipy import special

from chainrule.graph import Array
from chainrule.ops.define import called, unary
from chainrule.ops.elementwise import sigmoid

__all__ = ["log_expit", "logit"]


@unary(
    vjp=lambda g, y, x: g * sigmoid(-x),
    notation=called("log_expit", r"\ln\sigma"),
    numpy=(special.log_expit,),
)
def log_expit(x: Array) -> Array:
    """ln σ(x) = −ln(1 + e⁻ˣ), exact in both tails; the derivative is σ(−x).

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.log_expit(cr.variable(-1000.0))
    Tensor(-1000.0)
    """
    return special.log_expit(x)


@unary(
    vjp=lambda g, y, x: g / (x * (1.0 - x)),
    notation=called("logit", r"\operatorname{logit}"),
    numpy=(special.logit,),
    domain="a number between 0 and 1",
)
def logit(x: Array) -> Array:
    """ln(x / (1 − x)), the inverse of the sigmoid; the derivative is 1 / (x·(1 − x)).

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.logit(cr.variable(0.5))
    Tensor(0.0)
    """
    return special.logit(x)
