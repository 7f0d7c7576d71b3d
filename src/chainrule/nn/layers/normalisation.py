"""Normalisation: activations brought to mean 0 and variance 1, then scaled and shifted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, final

import numpy as np

from chainrule import ops
from chainrule.errors import OptionError, ShapeError
from chainrule.nn.init import Constant, Zeros
from chainrule.nn.layer import Layer
from chainrule.nn.scope import Scope
from chainrule.nn.slot import Slot
from chainrule.ops import Tensor

__all__ = ["BatchNorm", "LayerNorm"]


@final
class BatchNorm(Layer):
    """Batch normalisation: each feature normalised over the rows of the mini-batch.

    μ = mean of x,  σ² = variance of x (over every axis but the last)
    y = γ·(x − μ) / √(σ² + ε) + β
    running ← (1 − momentum)·running + momentum·(μ, and σ²·n/(n − 1))

    In evaluation, μ and σ² are the running ones.  x and y are (B, D) or have more axes before the
    last; γ is `weight` (D,), β is `bias` (D,), the buffers are `running_mean` and `running_var`.
    Equations and running variance are PyTorch's.  A batch of a single row has no spread: it is
    normalised by the running statistics and leaves them as they are.

    Raises ShapeError for inputs of another width, OptionError for settings out of range.

    >>> import numpy as np
    >>> layer = BatchNorm(1, eps=0.0)
    >>> layer(np.array([[1.0], [3.0]]), training=True)
    Tensor([[-1.],
            [ 1.]])

    Ioffe and Szegedy, "Batch Normalization", 2015.
    """

    symbol: ClassVar[str] = "n"

    def __init__(
        self,
        features: int,
        *,
        momentum: float = 0.1,
        eps: float = 1e-5,
        dtype: Any = np.float64,
        name: str | None = None,
    ) -> None:
        _check(features, eps)
        if not 0 <= momentum <= 1:
            raise OptionError(
                "BatchNorm momentum", expected="a number from 0 to 1", got=repr(momentum)
            )
        self.features, self.momentum, self.eps = int(features), float(momentum), float(eps)
        shape = (self.features,)
        slots = {
            "weight": Slot(shape, Constant(1.0), dtype=dtype),
            "bias": Slot(shape, Zeros(), dtype=dtype),
            "running_mean": Slot(shape, Zeros(), dtype=dtype, trained=False),
            "running_var": Slot(shape, Constant(1.0), dtype=dtype, trained=False),
        }
        super().__init__(name, slots=slots)

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        _check_width(self, scope, x, self.features)
        rows = x.size // self.features
        mean, var = scope.buffer("running_mean"), scope.buffer("running_var")
        if scope.training and rows > 1:
            axes = tuple(range(x.ndim - 1))
            standard = ops.standardize(x, axes, self.eps)
            batch_mean, batch_var = ops.mean(x, axes), ops.var(x, axes)
            keep, take = 1.0 - self.momentum, self.momentum
            scope.update("running_mean", keep * mean + take * batch_mean)
            scope.update("running_var", keep * var + take * rows / (rows - 1) * batch_var)
        else:
            standard = (x - mean) / ops.sqrt(var + self.eps)
        return standard * scope["weight"] + scope["bias"]

    def options(self) -> Mapping[str, Any]:
        return {"features": self.features}


@final
class LayerNorm(Layer):
    """Layer normalisation: each row normalised over its own features, alike in training and after.

    μ, σ² = mean and variance of x over the last axis,  y = γ·(x − μ) / √(σ² + ε) + β

    x and y are (D,), (B, D) or have more axes before the last; γ is `weight` (D,), β `bias` (D,).
    Raises ShapeError for inputs of another width, OptionError for settings out of range.

    >>> LayerNorm(2, eps=0.0)([1.0, 3.0])
    Tensor([-1.,  1.])

    Ba, Kiros and Hinton, "Layer Normalization", 2016.
    """

    symbol: ClassVar[str] = "n"

    def __init__(
        self,
        features: int,
        *,
        eps: float = 1e-5,
        dtype: Any = np.float64,
        name: str | None = None,
    ) -> None:
        _check(features, eps)
        self.features, self.eps = int(features), float(eps)
        slots = {
            "weight": Slot((self.features,), Constant(1.0), dtype=dtype),
            "bias": Slot((self.features,), Zeros(), dtype=dtype),
        }
        super().__init__(name, slots=slots)

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        _check_width(self, scope, x, self.features)
        return ops.standardize(x, -1, self.eps) * scope["weight"] + scope["bias"]

    def options(self) -> Mapping[str, Any]:
        return {"features": self.features}


def _check(features: Any, eps: float) -> None:
    if isinstance(features, bool) or not isinstance(features, (int, np.integer)) or features < 1:
        raise OptionError("features", expected="a whole number, 1 or more", got=repr(features))
    if not eps >= 0:
        raise OptionError("eps", expected="a number, 0 or more", got=repr(eps))


def _check_width(layer: Layer, scope: Scope, x: Tensor, features: int) -> None:
    if not x.ndim or x.shape[-1] != features:
        raise ShapeError(
            scope.prefix.rstrip(".") or layer.name or type(layer).__name__,
            expected=f"inputs (…, {features})",
            got=f"{x.shape}",
            remedy="give the layer as many features as the one before it has outputs",
        )
