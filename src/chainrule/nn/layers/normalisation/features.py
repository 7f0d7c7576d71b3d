"""Normalisation: features are brought to mean 0 and variance 1, then scaled and shifted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, final

import numpy as np

from chainrule import ops
from chainrule.arguments import real_number
from chainrule.errors import OptionError, ShapeError
from chainrule.nn.accepted import Accepts
from chainrule.nn.argument_checks import positive_integer
from chainrule.nn.initialisers import Constant, Zeros
from chainrule.nn.layer import Layer
from chainrule.nn.scope import Scope
from chainrule.nn.slot import Slot
from chainrule.ops import Tensor

__all__ = ["BatchNorm", "LayerNorm", "checked_eps"]


@final
class BatchNorm(Layer):
    """Batch normalisation: normalises each feature over the rows of the mini-batch.

    y = γ·(x − μ) / √(σ² + ε) + β,  with the mean μ and variance σ² of x over all axes but the last
    running mean ← (1 − momentum)·running mean + momentum·μ
    running variance ← (1 − momentum)·running variance + momentum·σ²·n / (n − 1),  for n rows

    In evaluation, μ and σ² are the running mean and variance.  x and y have shape (B, D) or more
    axes before the last.  γ is `weight` (D,), β is `bias` (D,); the buffers are `running_mean` (D,)
    and `running_var` (D,).  All are float64 unless `dtype` is float32.  As in PyTorch, the running
    variance is the unbiased one.  A batch of a single row has no variance: it is normalised by the
    running statistics and does not update them.

    Raises ShapeError for an x whose last axis is not D, OptionError for settings out of range.

    >>> import numpy as np
    >>> layer = BatchNorm(1, eps=0.0)
    >>> layer(np.array([[1.0], [3.0]]), training=True)
    Tensor([[-1.],
            [ 1.]])

    Ioffe and Szegedy, "Batch normalization: accelerating deep network training by reducing internal
    covariate shift", 2015.
    """

    symbol: ClassVar[str] = "n"
    accepts: ClassVar[Accepts] = "floats"

    def __init__(
        self,
        features: int,
        *,
        momentum: float = 0.1,
        eps: float = 1e-5,
        dtype: Any = np.float64,
        name: str | None = None,
    ) -> None:
        self.features = positive_integer("features", features)
        self.momentum = float(real_number("BatchNorm momentum", momentum))
        self.eps = checked_eps(eps)
        if not 0 <= self.momentum <= 1:
            raise OptionError(
                "BatchNorm momentum", expected="a number from 0 to 1", got=repr(momentum)
            )
        shape = (self.features,)
        slots = {
            "weight": Slot(shape, Constant(1.0), dtype=dtype),
            "bias": Slot(shape, Zeros(), dtype=dtype),
            "running_mean": Slot(shape, Zeros(), dtype=dtype, trained=False),
            "running_var": Slot(shape, Constant(1.0), dtype=dtype, trained=False),
        }
        super().__init__(name, slots=slots)

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        _require_width(x, self.features, self._error_name(scope))
        rows = x.size // self.features
        mean, var = scope.buffer("running_mean"), scope.buffer("running_var")
        if scope.training and rows > 1:
            axes = tuple(range(x.ndim - 1))
            normalised = ops.standardize(x, axes, self.eps)
            batch_mean, batch_var = ops.mean(x, axes), ops.var(x, axes)
            keep, take = 1.0 - self.momentum, self.momentum
            scope.update("running_mean", keep * mean + take * batch_mean)
            scope.update("running_var", keep * var + take * rows / (rows - 1) * batch_var)
        else:
            normalised = (x - mean) / ops.sqrt(var + self.eps)
        return normalised * scope["weight"] + scope["bias"]

    def options(self) -> Mapping[str, Any]:
        return {"features": self.features}


@final
class LayerNorm(Layer):
    """Layer normalisation: normalises each row over its own features.

    y = γ·(x − μ) / √(σ² + ε) + β,  with the mean μ and variance σ² of x over the last axis

    Training and evaluation do not differ.  x and y have shape (D,), (B, D) or more axes before the
    last; γ is `weight` (D,), β is `bias` (D,).  Both are float64 unless `dtype` is float32.

    Raises ShapeError for an x whose last axis is not D, OptionError for settings out of range.

    >>> LayerNorm(2, eps=0.0)([1.0, 3.0])
    Tensor([-1.,  1.])

    Ba, Kiros and Hinton, "Layer normalization", 2016.
    """

    symbol: ClassVar[str] = "n"
    accepts: ClassVar[Accepts] = "floats"

    def __init__(
        self,
        features: int,
        *,
        eps: float = 1e-5,
        dtype: Any = np.float64,
        name: str | None = None,
    ) -> None:
        self.features = positive_integer("features", features)
        self.eps = checked_eps(eps)
        slots = {
            "weight": Slot((self.features,), Constant(1.0), dtype=dtype),
            "bias": Slot((self.features,), Zeros(), dtype=dtype),
        }
        super().__init__(name, slots=slots)

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        _require_width(x, self.features, self._error_name(scope))
        return ops.standardize(x, -1, self.eps) * scope["weight"] + scope["bias"]

    def options(self) -> Mapping[str, Any]:
        return {"features": self.features}


def checked_eps(eps: object) -> float:
    """The ε of a normalisation.  Raises OptionError unless it is a number, 0 or more."""
    number = float(real_number("eps", eps))
    if not number >= 0:
        raise OptionError("eps", expected="a number, 0 or more", got=repr(eps))
    return number


def _require_width(x: Tensor, features: int, layer: str) -> None:
    """Raise ShapeError unless the last axis of x has `features` entries."""
    if not x.ndim or x.shape[-1] != features:
        raise ShapeError(
            layer,
            expected=f"inputs (…, {features})",
            got=f"{x.shape}",
            remedy="give the layer as many features as the one before it has outputs",
        )
