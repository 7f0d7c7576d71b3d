"""From layers to PyTorch's modules: one counterpart for each kind of layer."""

# pyright: reportMissingImports=false
# (PyTorch is an extra: types are checked without it)
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from chainrule.errors import OptionError
from chainrule.interop.torch.model import TorchModel
from chainrule.nn import (
    ELU,
    GELU,
    BatchNorm,
    Dropout,
    Identity,
    Layer,
    LayerNorm,
    LeakyReLU,
    Linear,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Step,
    Tanh,
)

__all__ = ["BatchNormLast", "Heaviside", "LinearSharedBias", "ResidualSum", "module_of"]


def module_of(model: Layer) -> nn.Module:
    """The module with the layer's structure, names and numbers, in evaluation mode.

    Raises OptionError for a kind of layer that has no counterpart.
    """
    if isinstance(model, TorchModel):
        return model.module()
    module = _built(model, {}).to(_dtypes[model.dtype])
    held = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    with torch.no_grad():
        for name, tensor in {**model.parameters(), **model.buffers()}.items():
            held[name].copy_(torch.from_numpy(np.array(tensor.value)))
    return module.eval()


_dtypes = {np.dtype(np.float32): torch.float32, np.dtype(np.float64): torch.float64}


class LinearSharedBias(nn.Linear):
    """A linear layer with one bias for all of its neurons."""

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__(in_features, out_features, bias=False)
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, input: Tensor) -> Tensor:
        return functional.linear(input, self.weight) + self.bias


class BatchNormLast(nn.BatchNorm1d):
    """Batch normalisation of the last axis, over all others; one row is left to the statistics."""

    def forward(self, input: Tensor) -> Tensor:
        rows = input.reshape(-1, input.shape[-1])
        if self.training and len(rows) == 1:
            alike = functional.batch_norm(
                rows, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps
            )
        else:
            alike = super().forward(rows)
        return alike.reshape(input.shape)


class ResidualSum(nn.Module):
    """What comes in, added to what the inner module makes of it."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, input: Tensor) -> Tensor:
        return input + self.inner(input)


class Heaviside(nn.Module):
    """The perceptron's step: 1 from 0 up, else 0."""

    def forward(self, input: Tensor) -> Tensor:
        return torch.heaviside(input, torch.ones((), dtype=input.dtype, device=input.device))


def _linear(layer: Linear) -> nn.Module:
    if layer.bias == "shared":
        return LinearSharedBias(layer.inputs, layer.outputs)
    return nn.Linear(layer.inputs, layer.outputs, bias=layer.bias is not None)


_LEAVES: dict[type[Layer], Callable[[Any], nn.Module]] = {
    Linear: _linear,
    Sigmoid: lambda layer: nn.Sigmoid(),
    Tanh: lambda layer: nn.Tanh(),
    ReLU: lambda layer: nn.ReLU(),
    LeakyReLU: lambda layer: nn.LeakyReLU(layer.slope),
    ELU: lambda layer: nn.ELU(layer.alpha),
    GELU: lambda layer: nn.GELU(),
    SiLU: lambda layer: nn.SiLU(),
    # above its threshold PyTorch's is the identity: there the two differ by less than rounding
    Softplus: lambda layer: nn.Softplus(threshold=50.0),
    Step: lambda layer: Heaviside(),
    Identity: lambda layer: nn.Identity(),
    Softmax: lambda layer: nn.Softmax(layer.axis),
    Dropout: lambda layer: nn.Dropout(layer.rate),
    LayerNorm: lambda layer: nn.LayerNorm(layer.features, eps=layer.eps),
    BatchNorm: lambda layer: BatchNormLast(layer.features, eps=layer.eps, momentum=layer.momentum),
}


def _built(layer: Layer, made: dict[Layer, nn.Module]) -> nn.Module:
    """The layer's module; a layer with two places is one module with two."""
    if layer in made:
        return made[layer]
    match layer:
        case Sequential():
            inner = nn.Sequential(*(_built(part, made) for part in layer.layers))
            made[layer] = nn.Sequential(OrderedDict(layers=inner))
        case Residual():
            made[layer] = ResidualSum(_built(layer.inner, made))
        case TorchModel():
            made[layer] = layer.module()
        case _ if type(layer) in _LEAVES:
            made[layer] = _LEAVES[type(layer)](layer)
        case _:
            raise OptionError(
                "to_torch",
                expected="layers of chainrule.nn",
                got=type(layer).__name__,
                remedy="write its module by hand, with its parameters from model.parameters()",
            )
    return made[layer]
