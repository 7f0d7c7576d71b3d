"""Sequences as recurrent layers take them: padded to one length, with their own lengths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast, final

import numpy as np

from chainrule.errors import OptionError, ShapeError
from chainrule.graph import Array
from chainrule.nn.accepted import check_accepted
from chainrule.ops import Tensor, expand_dims, where
from chainrule.ops.tensor import constant, lift

__all__ = ["Sequences", "padded", "sequences"]

_KEYS = ("x", "state", "lengths", "mask")


@final
@dataclass(frozen=True)
class Sequences:
    """The inputs of a recurrent layer.

    x      (…, T, D), 0 where the mask is False
    state  the initial states as they were given, or None
    mask   (…, T) whether a step counts, or None if all do
    """

    x: Tensor
    state: Any
    mask: Tensor | None


def sequences(name: str, x: Any, features: int) -> Sequences:
    """What a recurrent layer called `name` is given: x, (x, state), or a dict.

    Raises OptionError for other trees and for lengths beyond the steps, ShapeError for sequences
    without a step or with another number of features, and for lengths or a mask of another shape.
    """
    parts = _parts(name, x)
    steps = parts["x"]
    check_accepted(name, "floats", steps)
    if steps.ndim < 2 or steps.shape[-1] != features:
        raise ShapeError(
            name,
            expected=f"sequences (…, T, {features})",
            got=f"{steps.shape}",
            remedy="the last axis holds the features of a step, the one before it the steps",
        )
    if not steps.shape[-2]:
        raise ShapeError(name, expected="one step of time, or more", got=f"none, in {steps.shape}")
    mask = _mask(name, parts, steps.shape[:-1], steps.dtype)
    if mask is not None and mask.node.value is not None and mask.node.value.all():
        mask = None
    if mask is not None:  # so that no padding, NaN included, comes near a gradient
        steps = where(expand_dims(mask, -1), steps, 0.0)
    return Sequences(steps, parts.get("state"), mask)


def padded(rows: Sequence[Any], value: float = 0) -> dict[str, Array]:
    """Sequences of different lengths as one batch, with their lengths: what recurrent layers take.

    `rows` are arrays (Tᵢ, D) or (Tᵢ,).  In the result, `x` is (B, T, D) or (B, T), T the largest
    length, with `value` behind the end of each; `lengths` is (B,).

    Raises OptionError if there is no row, ShapeError for rows that differ in more than length.

    >>> batch = padded([[1.0, 2.0, 3.0], [4.0]])
    >>> batch["x"].tolist(), batch["lengths"].tolist()
    ([[1.0, 2.0, 3.0], [4.0, 0.0, 0.0]], [3, 1])
    """
    arrays = [lift(row).value for row in rows]
    if not arrays:
        raise OptionError("padded", expected="one sequence, or more", got="none")
    for i, array in enumerate(arrays):
        if not array.ndim or array.shape[1:] != arrays[0].shape[1:]:
            raise ShapeError(
                f"padded row {i}",
                expected=f"a sequence of {('numbers', 'rows')[arrays[0].ndim > 1]} as in row 0, "
                f"{arrays[0].shape}",
                got=f"shape {array.shape}",
            )
    lengths = np.array([len(array) for array in arrays])
    shape = (len(arrays), int(lengths.max()), *arrays[0].shape[1:])
    x = np.full(shape, value, np.result_type(*arrays))
    for row, array in zip(x, arrays, strict=True):
        row[: len(array)] = array
    return {"x": x, "lengths": lengths}


def _parts(name: str, x: Any) -> dict[str, Any]:
    """The inputs by name."""
    if isinstance(x, Tensor):
        return {"x": x}
    if isinstance(x, (tuple, list)) and len(cast("Sequence[Any]", x)) == 2:
        return dict(zip(("x", "state"), cast("Sequence[Any]", x), strict=True))
    if isinstance(x, dict) and "x" in x and set(cast("dict[str, Any]", x)) <= set(_KEYS):
        return cast("dict[str, Any]", x)
    if isinstance(x, dict):
        got = f"a dict with {', '.join(map(repr, cast('dict[str, Any]', x))) or 'nothing'}"
    else:
        several = isinstance(x, (tuple, list))
        many = f" of {len(cast('Sequence[Any]', x))}" if several else ""
        got = f"a {type(cast('object', x)).__name__}{many}"
    raise OptionError(
        name,
        expected="sequences x, a pair (x, state), or a dict with 'x' and any of 'state', "
        "'lengths' and 'mask'",
        got=got,
    )


def _mask(
    name: str, parts: dict[str, Any], shape: tuple[int, ...], dtype: np.dtype[Any]
) -> Tensor | None:
    """Whether a step counts (…, T), from the lengths or the mask; None if all do.

    Integers are compared as floats of the program's `dtype`, for which there are instructions.
    """
    lengths, mask = parts.get("lengths"), parts.get("mask")
    if lengths is not None and mask is not None:
        raise OptionError(name, expected="lengths or a mask", got="both", remedy="leave one out")
    if mask is not None:
        if mask.shape != shape:
            raise ShapeError(f"{name} mask", expected=f"shape {shape}", got=f"{mask.shape}")
        return mask if mask.dtype == np.bool_ else mask.astype(dtype) != 0.0
    if lengths is None:
        return None
    check_accepted(f"{name} lengths", "integers", lengths)
    if lengths.shape != shape[:-1]:
        raise ShapeError(f"{name} lengths", expected=f"shape {shape[:-1]}", got=f"{lengths.shape}")
    known = lengths.node.value
    if known is not None and known.size and not 0 <= known.min() <= known.max() <= shape[-1]:
        raise OptionError(
            f"{name} lengths",
            expected=f"numbers from 0 to {shape[-1]}, the steps in x",
            got=f"numbers from {known.min()} to {known.max()}",
        )
    steps = np.arange(shape[-1], dtype=dtype)
    if known is not None:  # nothing to record, and nothing to explain
        return constant(steps < known[..., None])
    return constant(steps) < expand_dims(lengths.astype(dtype), -1)
