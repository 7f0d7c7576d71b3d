"""Sequences as inputs of layers: a tensor, or a dict with a mask or more beside it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, cast

import numpy as np

from chainrule.errors import OptionError, ShapeError
from chainrule.nn.accepted import check_accepted
from chainrule.ops import Tensor, not_equal

__all__ = ["SEQUENCE", "counting", "parts_of", "sequence", "with_sequence"]

SEQUENCE = "x"
"""The key of the sequence in a dict of inputs."""


def parts_of(where: str, given: Any, known: Collection[str] | None = None) -> dict[str, Any]:
    """The inputs by name: those of a dict, or one sequence.

    Raises OptionError for anything else, a dict without a sequence, and names that are not `known`.
    """
    if isinstance(given, Tensor):
        return {SEQUENCE: given}
    if not isinstance(given, Mapping):
        kind = type(given).__name__
        expected = f'a tensor of floats, or a dict with one under "{SEQUENCE}"'
        raise OptionError(where, expected=expected, got=kind)
    parts = dict(cast("Mapping[str, Any]", given))
    unknown = [name for name in parts if known is not None and name not in known]
    if unknown or SEQUENCE not in parts:
        raise OptionError(
            where,
            expected=f'a dict with "{SEQUENCE}"'
            + (f" and any of {', '.join(sorted({*known} - {SEQUENCE}))}" if known else ""),
            got=f"one with {', '.join(map(repr, parts)) or 'nothing'}",
        )
    return parts


def sequence(where: str, x: Any, width: int) -> Tensor:
    """A sequence (…, T, D) of this width D; ShapeError and OptionError for what is none."""
    check_accepted(where, "floats", x)
    if not x.ndim or x.shape[-1] != width:
        raise ShapeError(where, expected=f"sequences (…, T, {width})", got=f"{x.shape}")
    return x


def with_sequence(given: Any, y: Tensor) -> Any:
    """What a layer that keeps the length returns: y, or the dict it was given with y in place."""
    return y if isinstance(given, Tensor) else {**given, SEQUENCE: y}


def counting(where: str, mask: Any, batch: tuple[int, ...], like: Tensor) -> Tensor:
    """A mask (…, S) of keys, or (…, T, S) of pairs, as booleans (…, 1 or T, S).

    `batch` are the axes of the sequences before T, and keys are `like` (…, S, D).
    """
    keys = like.shape[-2]
    if not isinstance(mask, Tensor) or mask.dtype.kind not in "biuf":
        got = str(mask.spec) if isinstance(mask, Tensor) else type(mask).__name__
        raise OptionError(f"{where} mask", expected="a tensor of booleans, or of 0 and 1", got=got)
    known = mask.node.value
    if known is not None and not np.all((known == 0) | (known == 1)):
        raise OptionError(
            f"{where} mask",
            expected="1 where an entry counts, 0 where it does not",
            got=f"{known[(known != 0) & (known != 1)][0]}",
            remedy="a mask that is added to the scores is written mask == 0 here",
        )
    of_keys = mask.ndim == len(batch) + 1
    if (not of_keys and mask.ndim != len(batch) + 2) or mask.shape[-1:] not in ((keys,), (1,)):
        raise ShapeError(
            f"{where} mask",
            expected=f"{(*batch, keys)}, or with an axis for queries before the last",
            got=f"{mask.shape}",
        )
    if mask.dtype == np.bool_:
        counts = mask
    else:  # floats of the program's dtype are compared without a call
        counts = not_equal(mask if mask.dtype == like.dtype else mask.astype(like.dtype), 0.0)
    return counts[..., None, :] if of_keys else counts
