"""Sums of products over named axes."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np

from chainrule.arguments import dtype_of, shown
from chainrule.errors import OptionError
from chainrule.graph import Array, Spec
from chainrule.ops.define import apply, arithmetic, as_cotangent, primitive
from chainrule.ops.linalg.products.subscripts import Subscripts, lengths_of, parsed, unused_letter
from chainrule.ops.linalg.products.summed_products import SummedProducts
from chainrule.ops.registry import provides
from chainrule.ops.shapes import broadcast_to, reshape
from chainrule.ops.tensor import Tensor, lift

__all__ = ["einsum"]

DEFAULTS = {"order": ("K", "A", "C"), "casting": ("safe", "same_kind", "unsafe")}
"""What may be given for arguments that change no numbers here."""


MANY = 100_000
"""Products of which BLAS sums up so many faster than NumPy's own loop, which is the default."""


def _einsum_shape(*specs: Spec, subscripts: Subscripts, optimize: Any) -> Spec:
    lengths = lengths_of(subscripts, [spec.shape for spec in specs])
    shape = tuple(lengths[letter] for letter in subscripts.output)
    return Spec(shape, arithmetic(*(spec.dtype for spec in specs)))


def _einsum(*operands: Array, subscripts: Subscripts, optimize: Any) -> Array:
    dtype = arithmetic(*(operand.dtype for operand in operands))
    arrays = [operand.astype(dtype, copy=False) for operand in operands]
    lengths = lengths_of(subscripts, [array.shape for array in arrays])
    path = optimize or math.prod(lengths.values()) > MANY
    return np.asarray(np.einsum(str(subscripts), *arrays, optimize=path))


def _einsum_notation(*operands: Array, subscripts: Subscripts, optimize: Any) -> Array:
    return np.asarray(np.einsum(str(subscripts), *map(np.asarray, operands)), dtype=object)


def _einsum_vjp(
    i: int, g: Tensor, y: Tensor, *operands: Tensor, subscripts: Subscripts, optimize: Any
) -> Tensor:
    """Σ of the products of g and the other operands, over the axes that operand i does not have.

    An axis that no other has is repeated; one that i has twice gets a unit matrix as a factor.
    """
    x, own = operands[i], subscripts.inputs[i]
    factors = [g, *operands[:i], *operands[i + 1 :]]
    parts = [subscripts.output, *subscripts.inputs[:i], *subscripts.inputs[i + 1 :]]
    target = ""
    for letter, n in zip(own, x.shape, strict=True):
        if letter in target:
            mirror = unused_letter([*parts, own, target])
            factors.append(lift(np.eye(n, dtype=x.dtype)))
            parts.append(letter + mirror)
            letter = mirror
        target += letter
    lengths = lengths_of(Subscripts(tuple(parts), ""), [factor.shape for factor in factors])
    kept = [lengths.get(one) == n for one, n in zip(target, x.shape, strict=True)]
    output = "".join(one for one, has in zip(target, kept, strict=True) if has)
    found = _recorded(Subscripts(tuple(parts), output), factors, bool(optimize))
    if not all(kept):
        shape = tuple(n if has else 1 for n, has in zip(x.shape, kept, strict=True))
        found = broadcast_to(reshape(found, shape), x.shape)
    return as_cotangent(found, x)


_EINSUM = primitive(
    "einsum",
    _einsum,
    shape=_einsum_shape,
    vjp=_einsum_vjp,
    notation=_einsum_notation,
    dependence=SummedProducts(),
    complex=True,
)


def _recorded(subscripts: Subscripts, operands: list[Tensor], optimize: Any) -> Tensor:
    return apply(_EINSUM, *operands, subscripts=subscripts, optimize=optimize)


@provides("einsum", np.einsum)
def einsum(*operands: Any, optimize: Any = False, dtype: Any = None, **options: Any) -> Tensor:
    """Sum of products of entries over axes that are named by letters, as `numpy.einsum`.

    ∂L/∂Aᵢ is a sum of products, too: of the upstream gradient and the other operands, with the
    subscripts of Aᵢ as its result.

    All forms of NumPy are known: with and without `->`, a letter twice in an operand for its
    diagonal, `...` for further axes, and, in place of the text, a list of numbers after each
    operand.  `optimize` is used for the gradients as well; large sums are optimized anyway.

    Raises OptionError for subscripts that are none, and for `out=`, and ShapeError if the shapes do
    not fit.

    >>> import chainrule as cr
    >>> cr.einsum("ij,j->i", [[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0])
    Tensor([3., 7.])
    >>> cr.einsum("ii", [[1.0, 2.0], [3.0, 4.0]])
    Tensor(5.0)
    """
    for name, value in options.items():
        if value is not None and value not in DEFAULTS.get(name, ()):
            raise OptionError(
                "np.einsum",
                expected="arguments that are recorded (subscripts, operands, optimize, dtype)",
                got=f"{name}={shown(value)}",
                remedy="leave it out",
            )
    subscripts, tensors = parsed(operands)
    if dtype is not None:
        wanted = dtype_of("np.einsum dtype", dtype)
        tensors = [tensor.astype(wanted) for tensor in tensors]
    path = tuple(cast("list[Any]", optimize)) if isinstance(optimize, list) else optimize
    return _recorded(subscripts, tensors, path)
