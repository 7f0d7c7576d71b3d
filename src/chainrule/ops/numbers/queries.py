"""What NumPy asks of arrays' shapes and dtypes; tensors answer without a value, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.ops.registry import NUMPY
from chainrule.ops.tensor import Tensor

__all__: list[str] = []

OF_DTYPE = (
    *("can_cast", "common_type", "iscomplexobj", "isrealobj", "result_type"),
    *("min_scalar_type", "diag_indices_from", "tril_indices_from", "triu_indices_from"),
)


def _stand_in(argument: Any) -> Any:
    """An array of this shape and dtype that takes no memory."""
    if not isinstance(argument, Tensor):
        return argument
    return np.broadcast_to(np.zeros((), argument.dtype), argument.shape)


def _of_dtype(function: Callable[..., Any]) -> Callable[..., Any]:
    def ask(*args: Any, **options: Any) -> Any:
        return function(*map(_stand_in, args), **options)

    return ask


def _is_scalar(element: Tensor) -> bool:
    return not element.ndim


NUMPY[np.isscalar] = _is_scalar
NUMPY.update({getattr(np, name): _of_dtype(getattr(np, name)) for name in OF_DTYPE})
