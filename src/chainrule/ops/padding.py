"""Means over what is no padding: the entries of targets that count in a loss."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.arguments import real_number
from chainrule.errors import OptionError, ShapeError
from chainrule.ops.elementwise import equal, logical_and, not_equal, where
from chainrule.ops.reductions import max, mean, sum
from chainrule.ops.shapes import astype, broadcast_to, expand_dims
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["any_of", "counted", "counted_labels", "mean_of_counted"]


def counted(
    where_: str, target: Tensor, ignore: float | None, mask: Operand | None
) -> tuple[Tensor | None, Tensor]:
    """Which entries of a target count, and the target with zeros for the others.

    The first is None if all do.  Raises OptionError and ShapeError as the losses say.
    """
    counts = None if mask is None else _mask(where_, lift(mask), target)
    if ignore is not None:
        number = real_number(f"{where_} ignore", ignore)
        others = equal(target, target) if math.isnan(number) else not_equal(target, float(number))
        counts = others if counts is None else logical_and(counts, others)
    # NaN would reach the gradients of entries that do not count
    return counts, target if counts is None else where(counts, target, 0.0)


def counted_labels(
    labels: Tensor, ignore: int | None, mask: Operand | None, dtype: np.dtype[Any]
) -> tuple[Tensor | None, Tensor]:
    """Which labels count, and the labels with class 0 for the others.

    They pass through floats of this dtype, in which programs compute.
    """
    if ignore is None and mask is None:
        return None, labels
    if labels.dtype.kind not in "iu":
        return None, labels  # is refused by the loss
    if ignore is not None and not float(real_number("cross_entropy ignore", ignore)).is_integer():
        raise OptionError("cross_entropy ignore", expected="a whole number", got=f"{ignore}")
    counts, numbers = counted("cross_entropy", astype(labels, dtype), ignore, mask)
    return counts, astype(numbers, np.int64)


def mean_of_counted(losses: Tensor, counts: Tensor | None, shares: Tensor | None = None) -> Tensor:
    """Σ of the losses that count / Σ of their shares, or of 1 each; 0 if none counts."""
    if counts is None:
        if shares is not None:
            return sum(losses) / sum(shares)
        return mean(losses) if losses.ndim else losses
    counted_losses = where(counts, losses, 0.0)
    own = astype(counts, losses.dtype) if shares is None else where(counts, shares, 0.0)
    total = sum(own)
    return sum(counted_losses) / where(total > 0.0, total, 1.0)


def any_of(counts: Tensor, dtype: np.dtype[Any]) -> Tensor:
    """Whether any entry of each row counts."""
    return max(astype(counts, dtype), axis=-1) > 0.0


def _mask(where_: str, mask: Tensor, target: Tensor) -> Tensor:
    if mask.dtype != np.bool_:
        raise OptionError(
            f"{where_} mask",
            expected="booleans, True where an entry counts",
            got=str(mask.spec),
            remedy="write mask != 0",
        )
    if mask.shape == target.shape:
        return mask
    if not target.ndim or mask.shape != target.shape[:-1]:
        raise ShapeError(
            f"{where_} mask",
            expected=f"the shape of the target {target.shape}, or that of its rows",
            got=f"{mask.shape}",
        )
    return broadcast_to(expand_dims(mask, -1), target.shape)
