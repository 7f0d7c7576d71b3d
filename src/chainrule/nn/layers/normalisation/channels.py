"""Normalisation of channels: of groups of them, or of each by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, final

import numpy as np

from chainrule import ops
from chainrule.arguments import truth
from chainrule.errors import OptionError, ShapeError
from chainrule.nn.accepted import Accepts
from chainrule.nn.argument_checks import positive_integer
from chainrule.nn.initialisers import Constant, Zeros
from chainrule.nn.layer import Layer
from chainrule.nn.layers.normalisation.features import checked_eps
from chainrule.nn.scope import Scope
from chainrule.nn.slot import Slot
from chainrule.ops import Tensor

__all__ = ["GroupNorm", "InstanceNorm"]


@final
class GroupNorm(Layer):
    """Group normalisation: normalises groups of channels of each input, over all positions.

    y = γ·(x − μ) / √(σ² + ε) + β,  with the mean μ and variance σ² of x over a group's channels and
    the axes after them

    Training and evaluation do not differ.  x and y are (B, C, N …), with any number of axes after
    the channels; C is a multiple of `groups`.  γ is `weight` (C,), β is `bias` (C,), one number for
    each channel, both float64 unless `dtype` is float32; with affine=False there are none.

    Raises OptionError for settings out of range, ShapeError for an x with other channels.

    >>> GroupNorm(1, 2, eps=0.0)([[[1.0, 1.0], [3.0, 3.0]]])
    Tensor([[[-1., -1.],
             [ 1.,  1.]]])

    Wu and He, "Group normalization", 2018.
    """

    symbol: ClassVar[str] = "n"
    accepts: ClassVar[Accepts] = "floats"

    def __init__(
        self,
        groups: int,
        channels: int,
        *,
        affine: bool = True,
        eps: float = 1e-5,
        dtype: Any = np.float64,
        name: str | None = None,
    ) -> None:
        self.groups = positive_integer("GroupNorm groups", groups)
        self.channels = positive_integer("GroupNorm channels", channels)
        if self.channels % self.groups:
            raise OptionError(
                "GroupNorm groups",
                expected="a number that divides the channels",
                got=f"{self.groups} for {self.channels} channels",
            )
        self.affine = truth("GroupNorm affine", affine)
        self.eps = checked_eps(eps)
        super().__init__(name, slots=_slots(self.channels, self.affine, dtype))

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        _require_channels(x, self.channels, 2, self._error_name(scope))
        inside = self.channels // self.groups
        parts = ops.reshape(x, (x.shape[0], self.groups, inside, *x.shape[2:]))
        y = ops.standardize(parts, tuple(range(2, parts.ndim)), self.eps)
        return _scaled(scope, ops.reshape(y, x.shape), self.affine)

    def options(self) -> Mapping[str, Any]:
        settings: dict[str, Any] = {"groups": self.groups, "channels": self.channels}
        return settings if self.affine else {**settings, "affine": False}


@final
class InstanceNorm(Layer):
    """Instance normalisation: normalises each channel of each input, over all positions.

    y = γ·(x − μ) / √(σ² + ε) + β,  with the mean μ and variance σ² of x over the axes after the
    channels

    Training and evaluation do not differ: there are no running statistics.  x and y are
    (B, C, N …), with one axis or more after the channels.  With `affine`, γ is `weight` (C,) and β
    is `bias` (C,), both float64 unless `dtype` is float32.

    Raises OptionError for settings out of range, ShapeError for an x with other channels, or
    without axes after them.

    >>> InstanceNorm(2, eps=0.0)([[[1.0, 3.0], [0.0, 8.0]]])
    Tensor([[[-1.,  1.],
             [-1.,  1.]]])

    Ulyanov, Vedaldi and Lempitsky, "Instance normalization: the missing ingredient for fast
    stylization", 2016.
    """

    symbol: ClassVar[str] = "n"
    accepts: ClassVar[Accepts] = "floats"

    def __init__(
        self,
        channels: int,
        *,
        affine: bool = False,
        eps: float = 1e-5,
        dtype: Any = np.float64,
        name: str | None = None,
    ) -> None:
        self.channels = positive_integer("InstanceNorm channels", channels)
        self.affine = truth("InstanceNorm affine", affine)
        self.eps = checked_eps(eps)
        super().__init__(name, slots=_slots(self.channels, self.affine, dtype))

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        _require_channels(x, self.channels, 3, self._error_name(scope))
        y = ops.standardize(x, tuple(range(2, x.ndim)), self.eps)
        return _scaled(scope, y, self.affine)

    def options(self) -> Mapping[str, Any]:
        settings: dict[str, Any] = {"channels": self.channels}
        return {**settings, "affine": True} if self.affine else settings


def _slots(channels: int, affine: bool, dtype: Any) -> dict[str, Slot]:
    if not affine:
        return {}
    return {
        "weight": Slot((channels,), Constant(1.0), dtype=dtype),
        "bias": Slot((channels,), Zeros(), dtype=dtype),
    }


def _scaled(scope: Scope, y: Tensor, affine: bool) -> Tensor:
    if not affine:
        return y
    shape = (-1, *(1,) * (y.ndim - 2))
    return y * ops.reshape(scope["weight"], shape) + ops.reshape(scope["bias"], shape)


def _require_channels(x: Tensor, channels: int, axes: int, layer: str) -> None:
    """Raise ShapeError unless x has that many axes, and the second one `channels` entries."""
    if x.ndim < axes or x.shape[1] != channels:
        raise ShapeError(
            layer,
            expected=f"inputs (B, {channels}, {'N …' if axes > 2 else '…'})",
            got=f"{x.shape}",
            remedy="channels come after the batch, before the axes of positions",
        )
