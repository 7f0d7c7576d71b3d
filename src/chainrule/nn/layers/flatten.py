"""Flatten: several axes become one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, final

from chainrule import ops
from chainrule.arguments import whole_number
from chainrule.errors import ShapeError
from chainrule.nn.accepted import Accepts
from chainrule.nn.layer import Layer
from chainrule.nn.scope import Scope
from chainrule.ops import Tensor

__all__ = ["Flatten"]

_MOST = 64


@final
class Flatten(Layer):
    """Joins axes of the input into one, in C order: images become rows for a linear layer.

    y[b, i·M + j] = x[b, i, j],  and likewise for more axes;  ∂L/∂x is ∂L/∂y in the shape of x

    x is (B, N, M, …), y is (B, N·M·…).  The axes from `start` to `stop` are joined, both included;
    negative ones count from the end.  The first axis is that of the batch, unless `start` is 0.

    Raises OptionError for what is no whole number, ShapeError for an x without these axes.

    >>> Flatten()([[[1.0, 2.0], [3.0, 4.0]]])
    Tensor([[1., 2., 3., 4.]])

    NumPy's `reshape`; PyTorch's `nn.Flatten`.
    """

    symbol: ClassVar[str] = "v"
    accepts: ClassVar[Accepts] = "floats"

    def __init__(self, start: int = 1, stop: int = -1, *, name: str | None = None) -> None:
        self.start = whole_number("Flatten start", start, -_MOST, most=_MOST)
        self.stop = whole_number("Flatten stop", stop, -_MOST, most=_MOST)
        super().__init__(name)

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        inside = all(-x.ndim <= axis < x.ndim for axis in (self.start, self.stop))
        start, stop = (axis % max(x.ndim, 1) for axis in (self.start, self.stop))
        if not inside or start > stop:
            raise ShapeError(
                self._error_name(scope),
                expected=f"inputs with axes from {self.start} to {self.stop}",
                got=f"{x.shape}",
                remedy="the first axis is that of the batch",
            )
        joined = math.prod(x.shape[start : stop + 1])
        return ops.reshape(x, (*x.shape[:start], joined, *x.shape[stop + 1 :]))

    def options(self) -> Mapping[str, Any]:
        settings = {"start": (self.start, 1), "stop": (self.stop, -1)}
        return {key: value for key, (value, usual) in settings.items() if value != usual}
