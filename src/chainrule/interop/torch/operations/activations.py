"""Activation functions."""

from __future__ import annotations

import math
from typing import Any

from chainrule import ops
from chainrule.interop.torch.operations.registry import operation
from chainrule.ops import Tensor

__all__: list[str] = []

for _name in ("relu", "sigmoid", "tanh", "silu", "erf"):
    operation(_name)(getattr(ops, _name))

operation("leaky_relu")(ops.leaky_relu)


@operation("gelu")
def gelu(x: Tensor, approximate: str = "none") -> Tensor:
    if approximate == "none":
        return ops.gelu(x)
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
    return 0.5 * x * (1.0 + ops.tanh(inner))


@operation("elu")
def elu(x: Tensor, alpha: float = 1.0, scale: float = 1.0, input_scale: float = 1.0) -> Tensor:
    y = ops.elu(x, alpha) if input_scale == 1 else _scaled_elu(x, alpha, input_scale)
    return y if scale == 1 else scale * y


def _scaled_elu(x: Tensor, alpha: float, input_scale: float) -> Tensor:
    return ops.where(x > 0, x, alpha * ops.expm1(input_scale * ops.minimum(x, 0.0)))


@operation("selu")
def selu(x: Tensor) -> Tensor:
    return 1.0507009873554804934193349852946 * ops.elu(x, 1.6732632423543772848170429916717)


@operation("celu")
def celu(x: Tensor, alpha: float = 1.0) -> Tensor:
    return alpha * ops.elu(x / alpha)


@operation("softplus")
def softplus(x: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """ln(1 + exp(β·x)) / β; like PyTorch, the identity where β·x is above the threshold."""
    y = ops.softplus(x) if beta == 1 else ops.softplus(beta * x) / beta
    return ops.where(beta * x > threshold, x, y)


@operation("mish")
def mish(x: Tensor) -> Tensor:
    return x * ops.tanh(ops.softplus(x))


@operation("log_sigmoid")
def log_sigmoid(x: Tensor) -> Tensor:
    return -ops.softplus(-x)


@operation("hardtanh")
def hardtanh(x: Tensor, low: float = -1.0, high: float = 1.0) -> Tensor:
    return ops.clip(x, low, high)


@operation("relu6")
def relu6(x: Tensor) -> Tensor:
    return ops.clip(x, 0.0, 6.0)


@operation("hardsigmoid")
def hardsigmoid(x: Tensor) -> Tensor:
    return ops.clip(x + 3.0, 0.0, 6.0) / 6.0


@operation("hardswish")
def hardswish(x: Tensor) -> Tensor:
    return x * hardsigmoid(x)


@operation("threshold")
def threshold(x: Tensor, level: float, value: float) -> Tensor:
    return ops.where(x > level, x, value)


@operation("softshrink")
def softshrink(x: Tensor, width: float = 0.5) -> Tensor:
    return ops.where(x > width, x - width, ops.where(x < -width, x + width, 0.0))


@operation("hardshrink")
def hardshrink(x: Tensor, width: float = 0.5) -> Tensor:
    return ops.where(ops.abs(x) > width, x, 0.0)


@operation("prelu")
def prelu(x: Tensor, weight: Tensor) -> Tensor:
    slope = ops.reshape(weight, (-1, *(1,) * (x.ndim - 2))) if x.ndim > 1 else weight
    return ops.where(x > 0, x, slope * x)


@operation("glu")
def glu(x: Tensor, dim: int = -1) -> Tensor:
    half = x.shape[dim] // 2
    axes: tuple[Any, ...] = (slice(None),) * (dim % x.ndim)
    return x[(*axes, slice(half))] * ops.sigmoid(x[(*axes, slice(half, None))])


@operation("softmax", "_softmax")
def softmax(x: Tensor, dim: int, dtype: Any = None) -> Tensor:
    return ops.softmax(_cast(x, dtype), dim)


@operation("log_softmax", "_log_softmax")
def log_softmax(x: Tensor, dim: int, dtype: Any = None) -> Tensor:
    return ops.log_softmax(_cast(x, dtype), dim)


def _cast(x: Tensor, dtype: Any) -> Tensor:
    # PyTorch's core operations have a flag here: whether to cast half precision to single
    return x if dtype is None or isinstance(dtype, bool) else x.astype(dtype)
