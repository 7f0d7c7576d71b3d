"""The beta function and its logarithm."""

from __future__ import annotations

from scipy import special

from chainrule.graph import Array
from chainrule.ops.define import binary, called, floating
from chainrule.ops.special.gamma_functions import digamma

__all__ = ["beta", "betaln"]


@binary(
    vjp=(
        lambda g, z, a, b: g * (z * (digamma(a) - digamma(a + b))),
        lambda g, z, a, b: g * (z * (digamma(b) - digamma(a + b))),
    ),
    notation=called("beta", r"\mathrm{B}"),
    numpy=(special.beta,),
    dtype=floating,
    domain="positive numbers",
)
def beta(a: Array, b: Array) -> Array:
    """B(a, b) = Γ(a)·Γ(b) / Γ(a + b).

    ∂z/∂a = z·(ψ(a) − ψ(a + b)),  ∂z/∂b = z·(ψ(b) − ψ(a + b))

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> round(special.beta(cr.variable(2.0), 2.0), 12)
    Tensor(0.166666666667)

    DLMF 5.12.1.
    """
    return special.beta(a, b)


@binary(
    vjp=(
        lambda g, z, a, b: g * (digamma(a) - digamma(a + b)),
        lambda g, z, a, b: g * (digamma(b) - digamma(a + b)),
    ),
    notation=called("betaln", r"\ln\mathrm{B}"),
    numpy=(special.betaln,),
    dtype=floating,
    domain="positive numbers",
)
def betaln(a: Array, b: Array) -> Array:
    """ln B(a, b), without overflow.

    ∂z/∂a = ψ(a) − ψ(a + b),  ∂z/∂b = ψ(b) − ψ(a + b)

    >>> import chainrule as cr
    >>> from chainrule.scipy import special
    >>> special.betaln(cr.variable(1.0), 1.0)
    Tensor(0.0)

    DLMF 5.12.1.
    """
    return special.betaln(a, b)
