"""Joins along an axis, and padding at the edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from chainrule.arguments import real_number, shown
from chainrule.errors import ShapeError
from chainrule.graph import Array, Spec, misfit
from chainrule.ops.define import apply, as_cotangent, normal_axis, primitive
from chainrule.ops.dependence import Gathered
from chainrule.ops.registry import provides
from chainrule.ops.shapes.rearrange import reshape
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["concatenate", "pad", "stack"]


def _concatenate_shape(*specs: Spec, axis: int) -> Spec:
    first = specs[0].shape
    rest = {(*spec.shape[:axis], *spec.shape[axis + 1 :]) for spec in specs}
    if len(rest) != 1 or any(len(spec.shape) != len(first) for spec in specs):
        raise misfit(f"equal shapes but for axis {axis}")
    total = sum(spec.shape[axis] for spec in specs)
    dtype = np.result_type(*(spec.dtype for spec in specs))
    return Spec((*first[:axis], total, *first[axis + 1 :]), dtype)


def _concatenate_vjp(i: int, g: Tensor, y: Tensor, *parts: Tensor, axis: int) -> Tensor:
    start = sum(part.shape[axis] for part in parts[:i])
    window = slice(start, start + parts[i].shape[axis])
    return as_cotangent(g[(slice(None),) * axis + (window,)], parts[i])


def _concatenate(*parts: Array, axis: int) -> Array:
    return np.concatenate(parts, axis)


_CONCATENATE = primitive(
    "concatenate",
    _concatenate,
    shape=_concatenate_shape,
    vjp=_concatenate_vjp,
    dependence=Gathered(_concatenate),
    complex=True,
)


@provides("concatenate", np.concatenate)
def concatenate(parts: Sequence[Operand], axis: int | None = 0) -> Tensor:
    """Join parts along an axis, or flattened if it is None; each gets its slice of the gradient.

    >>> import chainrule as cr
    >>> cr.concatenate([[1.0], [2.0, 3.0]])
    Tensor([1., 2., 3.])
    """
    tensors = _parts("concatenate", parts)
    if axis is None:
        tensors, axis = [reshape(tensor, -1) for tensor in tensors], 0
    position = normal_axis(axis, tensors[0].ndim, "concatenate")
    return apply(_CONCATENATE, *tensors, axis=position)


def _stack_shape(*specs: Spec, axis: int) -> Spec:
    shape = specs[0].shape
    if any(spec.shape != shape for spec in specs):
        raise misfit("equal shapes")
    dtype = np.result_type(*(spec.dtype for spec in specs))
    return Spec((*shape[:axis], len(specs), *shape[axis:]), dtype)


def _stack_vjp(i: int, g: Tensor, y: Tensor, *parts: Tensor, axis: int) -> Tensor:
    return as_cotangent(g[(slice(None),) * axis + (i,)], parts[i])


def _stack(*parts: Array, axis: int) -> Array:
    return np.stack(parts, axis)


_STACK = primitive(
    "stack",
    _stack,
    shape=_stack_shape,
    vjp=_stack_vjp,
    dependence=Gathered(_stack),
    complex=True,
)


@provides("stack", np.stack)
def stack(parts: Sequence[Operand], axis: int = 0) -> Tensor:
    """Join parts of equal shape along a new axis.

    >>> import chainrule as cr
    >>> cr.stack([1.0, 2.0])
    Tensor([1., 2.])
    """
    tensors = _parts("stack", parts)
    position = normal_axis(axis, tensors[0].ndim + 1, "stack")
    return apply(_STACK, *tensors, axis=position)


def _parts(name: str, parts: Sequence[Operand]) -> list[Tensor]:
    kind: type[Any] = type(cast("object", parts))
    several = hasattr(kind, "__iter__") and getattr(parts, "shape", None) != ()
    tensors = [lift(part) for part in parts] if several else []
    if not tensors:
        got = "none" if several else f"one {kind.__name__}"
        raise ShapeError(name, expected="a sequence of at least one part", got=got)
    return tensors


_PAD = primitive(
    "pad",
    lambda x, widths, fill: np.pad(x, widths, constant_values=fill),
    shape=lambda spec, widths, fill: Spec(
        tuple(a + n + b for n, (a, b) in zip(spec.shape, widths, strict=True)), spec.dtype
    ),
    vjp=(
        lambda g, y, x, widths, fill: g[
            tuple(slice(a, a + n) for n, (a, _) in zip(x.shape, widths, strict=True))
        ],
    ),
    dependence=Gathered(lambda x, widths, fill: np.pad(x, widths, constant_values=-1)),
    complex=True,
)


@provides("pad")
def pad(x: Operand, widths: Any, mode: str = "constant", constant_values: float = 0.0) -> Tensor:
    """Add constant entries around the edges; `widths` is as in `numpy.pad`.

    >>> import chainrule as cr
    >>> cr.pad([1.0, 2.0], (1, 0))
    Tensor([0., 1., 2.])
    """
    x = lift(x)
    try:
        given = np.asarray(widths)
        pairs = np.broadcast_to(given, (x.ndim, 2)) if given.dtype.kind in "iu" else None
    except (ValueError, TypeError):
        pairs = None
    if str(mode) != "constant" or pairs is None or (pairs < 0).any():
        raise ShapeError(
            "pad",
            expected=f"mode 'constant' and widths for {x.ndim} axes, none negative",
            got=f"mode {shown(mode)} and widths {shown(widths)}",
        )
    edges = tuple((int(a), int(b)) for a, b in pairs)
    fill = float(real_number("pad constant_values", constant_values))
    return apply(_PAD, x, widths=edges, fill=fill) if edges else x
