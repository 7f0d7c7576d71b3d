"""Specs: the shape and dtype of an array, which are known before its values."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Array", "Spec"]

Array = NDArray[Any]


class Spec(NamedTuple):
    """Shape and dtype of an array.

    >>> print(Spec((2, 3), np.dtype("float32")))
    f32[2,3]
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def differentiable(self) -> bool:
        """Whether gradients flow through arrays of this dtype."""
        return self.dtype.kind in "fc"

    @property
    def size(self) -> int:
        """The number of entries."""
        return math.prod(self.shape)

    def __str__(self) -> str:
        kind = "bool" if self.dtype.kind == "b" else f"{self.dtype.kind}{8 * self.dtype.itemsize}"
        return f"{kind}[{','.join(map(str, self.shape))}]"
