"""Arrays made of tensors: `np.array` of lists, and the joins that NumPy writes as indices."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from chainrule.arguments import whole_number
from chainrule.errors import OptionError
from chainrule.ops.registry import provides
from chainrule.ops.shapes import astype, concatenate, reshape
from chainrule.ops.tensor import Tensor, lift

__all__ = ["array"]


@provides("array", np.array, np.asarray, np.asanyarray, np.ascontiguousarray)
def array(
    object: Any,
    dtype: Any = None,
    ndmin: int = 0,
    *,
    copy: Any = True,
    order: Any = "K",
    subok: bool = False,
    device: Any = None,
) -> Tensor:
    """A tensor of numbers and tensors in nested lists, which are stacked.

    `ndmin` is the least number of axes; those that are missing come first.  The last four say how
    an array lies in memory: they change no entry, and recorded values never change.

    >>> import chainrule as cr, chainrule.numpy as np
    >>> cr.grad(lambda x: np.sum(np.array([x, x**2, 3.0])))(2.0)
    5.0
    """
    x = lift(object)
    missing = whole_number("array ndmin", ndmin, 0) - x.ndim
    if missing > 0:
        x = reshape(x, (1,) * missing + x.shape)
    return x if dtype is None else astype(x, dtype)


@provides("r_", np.r_.__getitem__)
def _rows(index: Any) -> Tensor:
    """What `np.r_[a, b, …]` is: parts joined along the first axis, such as numbers and slices."""
    return concatenate([_part(np.r_, part) for part in _parts(index)])


@provides("c_", np.c_.__getitem__)
def _columns(index: Any) -> Tensor:
    """What `np.c_[a, b, …]` is: parts joined along the last axis, of which a vector is a column."""
    parts = [_part(np.c_, part) for part in _parts(index)]
    return concatenate([reshape(x, (-1, 1)) if x.ndim == 1 else x for x in parts], -1)


def _parts(index: Any) -> tuple[Any, ...]:
    return cast("tuple[Any, ...]", index) if isinstance(index, tuple) else (index,)


def _part(joiner: Any, part: Any) -> Tensor:
    if isinstance(part, str):
        raise OptionError(
            f"np.{'r_' if joiner is np.r_ else 'c_'}",
            expected="arrays, numbers and slices, if there are tensors among them",
            got=f"the directive {part!r}",
            remedy="write np.concatenate or np.stack, with an axis",
        )
    x = lift(joiner[part] if isinstance(part, slice) else part)
    return x if x.ndim else reshape(x, 1)
