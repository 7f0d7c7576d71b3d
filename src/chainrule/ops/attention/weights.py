"""The weights of attention as recorded operations, which can be seen and changed."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from chainrule.arguments import real_number
from chainrule.errors import OptionError, ShapeError
from chainrule.ops.define import broadcast_shapes, floating, lift_together, real_only
from chainrule.ops.elementwise import where
from chainrule.ops.reductions import softmax
from chainrule.ops.registry import provides
from chainrule.ops.shapes import astype, broadcast_to, reshape, swapaxes
from chainrule.ops.tensor import Operand, Tensor, constant, lift

__all__ = ["Operands", "attention_weights", "checked", "recorded_weights"]


class Operands(NamedTuple):
    """Queries, keys and values with the same leading axes, the mask or nothing, and the scale."""

    q: Tensor
    k: Tensor
    v: Tensor
    mask: tuple[Tensor, ...]
    scale: float


@provides("attention_weights")
def attention_weights(
    q: Operand,
    k: Operand,
    mask: Operand | None = None,
    *,
    causal: bool = False,
    scale: float | None = None,
) -> Tensor:
    """How much each query attends to each key: p = softmax(s·Q·Kᵀ) over the keys that count.

    The operands are those of `attention`, of which these are the weights (…, T, S): each row sums
    to 1, or is 0 where no key counts.

    >>> attention_weights([[0.0], [1.0]], [[5.0], [5.0]], causal=True)
    Tensor([[1. , 0. ],
            [0.5, 0.5]])
    """
    given = checked("attention_weights", q, k, k, mask, scale)
    return recorded_weights(given.q, given.k, given.mask, causal, given.scale)


def recorded_weights(
    q: Tensor, k: Tensor, mask: tuple[Tensor, ...], causal: bool, scale: float
) -> Tensor:
    """The weights of operands that have been checked."""
    scores = (q @ swapaxes(k, -1, -2)) * scale
    masks: list[Tensor] = [*mask]
    if causal:
        masks.append(constant(np.tri(*scores.shape[-2:], dtype=bool)))
    lowest = float(np.finfo(scores.dtype).min)
    for one in masks:
        scores = where(one, scores, lowest)
    found = softmax(scores)
    for one in masks:  # also where no key counts, so that no number is lower than others
        found = where(one, found, 0.0)
    return found


def checked(
    name: str, q: Operand, k: Operand, v: Operand, mask: Operand | None, scale: float | None
) -> Operands:
    """The operands of attention in one dtype and with the same leading axes.

    Raises ShapeError and OptionError as `attention` says.
    """
    operands = lift_together(q, k, v)
    real_only(name, *operands)
    dtype = floating(*(operand.dtype for operand in operands))
    operands = [one if one.dtype == dtype else astype(one, dtype) for one in operands]
    given = None if mask is None else _booleans(name, lift(mask))
    leading = _leading(name, operands, given)
    q, k, v = (_led(one, leading, one.shape[-2:]) for one in operands)
    if scale is None:
        scale = 1.0 / math.sqrt(q.shape[-1]) if q.shape[-1] else 1.0
    return Operands(q, k, v, _mask(given), float(real_number(f"{name} scale", scale)))


def _leading(name: str, operands: list[Tensor], mask: Tensor | None) -> tuple[int, ...]:
    """The leading axes of all operands together; ShapeError unless the shapes fit."""
    q, k, v = (operand.shape for operand in operands)
    fit = min(len(q), len(k), len(v)) >= 2 and q[-1] == k[-1] and k[-2] == v[-2] > 0
    shapes = [q[:-2], k[:-2], v[:-2]]
    try:
        if not fit:
            raise ValueError
        if mask is not None:
            shapes.append(mask.shape[:-2])
            pairs = q[-2], k[-2]
            if broadcast_shapes(mask.shape[-2:], pairs) != pairs:
                raise ValueError
        return broadcast_shapes(*shapes)
    except ValueError:
        with_mask = "" if mask is None else f", a mask {mask.shape}"
        raise ShapeError(
            name,
            expected="queries (…, T, D), keys (…, S, D) and values (…, S, E), with one key or more"
            + ", and a mask (…, T, S)" * (mask is not None),
            got=f"queries {q}, keys {k}, values {v}{with_mask}",
            remedy="a mask of the keys alone is (…, 1, S)" if fit else "",
        ) from None


def _booleans(name: str, mask: Tensor) -> Tensor:
    if mask.dtype != np.bool_:
        raise OptionError(
            f"{name} mask",
            expected="booleans, True where a key counts for a query",
            got=str(mask.spec),
            remedy="write mask != 0, or add numbers to the scores and take cr.softmax",
        )
    return mask


def _mask(mask: Tensor | None) -> tuple[Tensor, ...]:
    """The mask with an axis for queries and one for keys, whose lengths may be 1."""
    if mask is None:
        return ()
    return (mask if mask.ndim > 1 else reshape(mask, (1, *mask.shape, *(1,) * (1 - mask.ndim))),)


def _led(x: Tensor, leading: tuple[int, ...], matrix: tuple[int, ...]) -> Tensor:
    shape = (*leading, *matrix)
    return x if x.shape == shape else broadcast_to(x, shape)
