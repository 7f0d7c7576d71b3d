"""Real and imaginary parts of complex numbers, their conjugates and their angles.

The cotangent of a complex x is ∂u/∂Re x − i·∂u/∂Im x, for a real u.  With it, the rules of
holomorphic functions are those of real numbers; only the functions here, and `abs`, `sign` and
`var`, are not holomorphic.
"""

from __future__ import annotations

import numpy as np

from chainrule.arguments import real_number, truth
from chainrule.graph import Kink
from chainrule.ops.define import apply, elementwise, real_part, same
from chainrule.ops.elementwise.comparison import where
from chainrule.ops.registry import FUNCTIONS, NUMPY, provides
from chainrule.ops.tensor import Operand, Tensor, lift, zeros

__all__ = ["angle", "conj", "imag", "real"]


_REAL = elementwise(
    "real",
    np.real,
    vjp=(lambda g, y, x: g,),
    dtype=real_part,
    complex=True,
)


@provides("real", np.real)
def real(x: Operand) -> Tensor:
    """Real part of x; a real x is its own.

    >>> import chainrule as cr
    >>> cr.real(3.0 + 4.0j), cr.grad(cr.real)(3.0 + 4.0j)
    (Tensor(3.0), (1+0j))
    """
    x = lift(x)
    return apply(_REAL, x) if _is_complex(x) else x


_IMAG = elementwise(
    "imag",
    np.imag,
    vjp=(lambda g, y, x: g * -1j,),
    dtype=real_part,
    complex=True,
)


@provides("imag", np.imag)
def imag(x: Operand) -> Tensor:
    """Imaginary part of x, 0 for a real x.

    >>> import chainrule as cr
    >>> cr.imag(3.0 + 4.0j), cr.grad(cr.imag)(3.0 + 4.0j)
    (Tensor(4.0), -1j)
    """
    x = lift(x)
    return apply(_IMAG, x) if _is_complex(x) else zeros(x.spec)


_CONJ = elementwise(
    "conj",
    np.conj,
    vjp=(lambda g, y, x: conj(g),),
    dtype=same,
    complex=True,
)


@provides("conj", np.conj)
def conj(x: Operand) -> Tensor:
    """Complex conjugate of x; a real x is its own.  The gradient is conjugated, too.

    >>> import chainrule as cr
    >>> cr.conj(3.0 + 4.0j)
    Tensor((3-4j))
    """
    x = lift(x)
    return apply(_CONJ, x) if _is_complex(x) else x


_ANGLE = elementwise(
    "angle",
    np.angle,
    vjp=(lambda g, y, x: g * (-1j / where(x == 0.0, np.inf, x)),),
    dtype=real_part,
    complex=True,
    kink=Kink(lambda x: x == 0, "at the origin there is no derivative; it is taken as 0 there"),
)


@provides("angle", np.angle)
def angle(z: Operand, deg: bool = False) -> Tensor:
    """Angle of z in the complex plane, between −π and π, or in degrees if `deg`.

    The gradient is −i / z, and 0 at the origin.  Real numbers have the angle 0 or π.

    >>> import chainrule as cr
    >>> cr.angle(2.0j, deg=True)
    Tensor(90.0)
    """
    z = lift(z)
    found = apply(_ANGLE, z) if _is_complex(z) else FUNCTIONS["arctan2"](0.0, z)
    return FUNCTIONS["rad2deg"](found) if truth("angle deg", deg) else found


def squared_size(x: Tensor) -> Tensor:
    """|x|², the square of a real x."""
    return real(conj(x) * x) if _is_complex(x) else x**2


@provides("real_if_close", np.real_if_close)
def _real_if_close(a: Operand, tol: float = 100.0) -> Tensor:
    """As `numpy.real_if_close`: the real part, where all imaginary parts are next to 0."""
    a, tol = lift(a), real_number("real_if_close tol", tol)
    return real(a) if np.isrealobj(np.real_if_close(a.value, tol)) else a


def _is_complex(x: Operand) -> bool:
    return lift(x).dtype.kind == "c"


def _is_real(x: Operand) -> bool:
    return not _is_complex(x)


NUMPY.update({np.iscomplexobj: _is_complex, np.isrealobj: _is_real})
