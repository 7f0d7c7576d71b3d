"""Results of the same shape: copies, conversions and constants; and NumPy's shape queries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.arguments import dtype_of
from chainrule.errors import OptionError
from chainrule.graph import Spec
from chainrule.ops.define import apply, as_cotangent, primitive, unchanged
from chainrule.ops.dependence import Elementwise, Gathered
from chainrule.ops.registry import NUMPY, provides
from chainrule.ops.tensor import ANY_NUMBERS, Operand, Tensor, constant, lift, zeros

__all__ = ["astype", "copy", "ones_like", "stop_gradient", "zeros_like"]


_COPY = primitive(
    "copy",
    unchanged,
    shape=unchanged,
    vjp=(lambda g, y, x: g,),
    dependence=Gathered(np.asarray),
    complex=True,
)


@provides("copy", np.copy)
def copy(x: Operand) -> Tensor:
    """Copy a tensor to a node of its own, to differentiate a function with respect to that node.

    >>> import chainrule as cr
    >>> cr.grad(lambda x: cr.grad(lambda a, b: a * b)(x, x))(3.0)
    1.0
    """
    return apply(_COPY, lift(x))


_STOP = primitive(
    "stop_gradient",
    unchanged,
    shape=unchanged,
    vjp=(None,),
    dependence=Elementwise((None,)),
    complex=True,
)


@provides("stop_gradient")
def stop_gradient(x: Operand) -> Tensor:
    """Pass the entries on as a constant: no gradient flows back to x.

    >>> import chainrule as cr
    >>> cr.grad(lambda x: x * cr.stop_gradient(x))(3.0)
    3.0
    """
    return apply(_STOP, lift(x))


_ASTYPE = primitive(
    "astype",
    lambda x, dtype: x.astype(dtype),
    shape=lambda spec, dtype: Spec(spec.shape, dtype),
    vjp=(lambda g, y, x, dtype: as_cotangent(g, x),),
    dependence=Gathered(lambda x, dtype: x),
    complex=True,
)


@provides("astype")
def astype(x: Operand, dtype: Any) -> Tensor:
    """Convert the entries to another dtype; no gradient passes through integers or booleans.

    Raises OptionError for complex numbers that would lose their imaginary parts.

    >>> import chainrule as cr
    >>> cr.astype([1.7, 2.0], int).dtype
    dtype('int64')
    """
    x, dtype = lift(x), dtype_of("astype", dtype, ANY_NUMBERS)
    if x.dtype.kind == "c" and dtype.kind not in "cb":
        raise OptionError(
            "astype",
            expected="a complex dtype, or bool, for complex numbers",
            got=f"{dtype}, which would lose the imaginary parts",
            remedy="take np.real or np.abs of them first",
        )
    return x if x.dtype == dtype else apply(_ASTYPE, x, dtype=dtype)


@provides("zeros_like")
def zeros_like(x: Operand) -> Tensor:
    """Return a constant of the same shape and dtype, filled with zeros.

    >>> import chainrule as cr
    >>> cr.zeros_like([1.0, 2.0])
    Tensor([0., 0.])
    """
    return zeros(lift(x).spec)


@provides("ones_like")
def ones_like(x: Operand) -> Tensor:
    """Return a constant of the same shape and dtype, filled with ones.

    >>> import chainrule as cr
    >>> cr.ones_like([3.0, 2.0])
    Tensor([1., 1.])
    """
    x = lift(x)
    return constant(np.ones(x.shape, x.dtype))


def _attribute(name: str) -> Callable[[Operand], Any]:
    return lambda x: getattr(lift(x), name)


NUMPY.update(
    {np.shape: _attribute("shape"), np.ndim: _attribute("ndim"), np.size: _attribute("size")}
)
