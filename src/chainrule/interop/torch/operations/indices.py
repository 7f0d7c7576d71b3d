"""Indices as PyTorch takes them: from 0 up to the length of an axis."""

from __future__ import annotations

from chainrule.errors import OptionError
from chainrule.graph import Array
from chainrule.ops import Tensor
from chainrule.ops.define import apply, primitive

__all__ = ["checked_indices"]


def _check(indices: Array, size: int, where: str) -> Array:
    """The indices; OptionError where NumPy would count from the end, or fail with an IndexError."""
    if indices.size and not (indices.min() >= 0 and indices.max() < size):
        wrong = indices[(indices < 0) | (indices >= size)]
        raise OptionError(
            f"from_torch: {where}",
            expected=f"indices from 0 to {size - 1}",
            got=str(wrong.flat[0]),
            remedy="PyTorch does not count from the end; give padding a row of its own",
        )
    return indices


_CHECKED_INDICES = primitive(
    "checked_indices", _check, shape=lambda spec, size, where: spec, vjp=(None,)
)


def checked_indices(indices: Tensor, size: int, where: str) -> Tensor:
    """The same indices; OptionError, also when a traced program runs, unless all are in range."""
    return apply(_CHECKED_INDICES, indices, size=size, where=where)
