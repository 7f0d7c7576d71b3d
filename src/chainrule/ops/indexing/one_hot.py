"""One-hot encoding."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.arguments import dtype_of, whole_number
from chainrule.errors import OptionError
from chainrule.graph import Array, Spec
from chainrule.ops.define import apply, primitive
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["check_labels", "one_hot"]


def _one_hot(x: Array, classes: int, dtype: np.dtype[Any]) -> Array:
    return (x[..., None] == np.arange(classes)).astype(dtype)


_ONE_HOT = primitive(
    "one_hot",
    _one_hot,
    shape=lambda spec, classes, dtype: Spec((*spec.shape, classes), dtype),
    vjp=(None,),
)


@provides("one_hot")
def one_hot(x: Operand, classes: int, dtype: Any = np.float64) -> Tensor:
    """Turn integer labels into rows with a single 1.

    Raises OptionError for labels that are not integers from 0 to classes − 1.

    >>> import chainrule as cr
    >>> cr.one_hot([0, 2], 3)
    Tensor([[1., 0., 0.],
            [0., 0., 1.]])
    """
    x = lift(x)
    if x.dtype.kind not in "iu":
        raise OptionError("one_hot", expected="integer labels", got=f"labels of {x.dtype}")
    classes, dtype = whole_number("one_hot classes", classes, 0), dtype_of("one_hot dtype", dtype)
    check_labels("one_hot", x, classes)
    return apply(_ONE_HOT, x, classes=classes, dtype=dtype)


def check_labels(name: str, labels: Tensor, classes: int) -> None:
    """Raise OptionError, with the operation's `name`, for labels that are known to be no class."""
    value = labels.node.value
    if value is not None and value.size and (value.min() < 0 or value.max() >= classes):
        raise OptionError(
            name,
            expected=f"labels between 0 and {classes - 1}",
            got=f"labels between {value.min()} and {value.max()}",
        )
