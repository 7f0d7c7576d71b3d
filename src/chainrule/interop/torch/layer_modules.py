"""The PyTorch module for each kind of layer."""

# pyright: reportMissingImports=false
# (PyTorch is an extra: types are checked without it)
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from chainrule.errors import OptionError
from chainrule.interop.torch.attention_modules import (
    Attention,
    Block,
    DecoderBlock,
    Positions,
    Waves,
)
from chainrule.interop.torch.recurrent_modules import RECURRENT
from chainrule.interop.torch.torch_model import TorchModel
from chainrule.interop.torch.window_modules import window_modules
from chainrule.nn import (
    ELU,
    GELU,
    BatchNorm,
    Dropout,
    EmbedColumns,
    Embedding,
    Flatten,
    GroupNorm,
    Identity,
    InstanceNorm,
    Layer,
    LayerNorm,
    LeakyReLU,
    LearnedPositions,
    Linear,
    MultiHeadAttention,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    SiLU,
    SinusoidalPositions,
    Softmax,
    Softplus,
    Step,
    Tanh,
    TransformerBlock,
    TransformerDecoderBlock,
)

__all__ = [
    "BatchNormLast",
    "EmbeddedColumns",
    "Heaviside",
    "InstanceNormAll",
    "LinearSharedBias",
    "ResidualSum",
    "to_module",
]


def to_module(model: Layer) -> nn.Module:
    """Convert a layer to a module with its structure, names and values, in evaluation mode.

    Raises OptionError for a kind of layer that has no counterpart.
    """
    if isinstance(model, TorchModel):
        return model.module()
    module = _build(model, {}).to(_DTYPES[model.dtype])
    tensors = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    with torch.no_grad():
        for name, tensor in {**model.parameters(), **model.buffers()}.items():
            tensors[name].copy_(torch.from_numpy(np.array(tensor.value)))
    _tie(model, module)
    return module.eval()


def _tie(model: Layer, module: nn.Module) -> None:
    """Let parameters that are one in the model be one in the module, too."""
    first: dict[Any, str] = {}
    for name, slot in model.slots():
        kept = first.setdefault(slot, name)
        if kept != name:
            owner, _, own = name.rpartition(".")
            setattr(module.get_submodule(owner), own, module.get_parameter(kept))


_DTYPES = {np.dtype(np.float32): torch.float32, np.dtype(np.float64): torch.float64}


class LinearSharedBias(nn.Linear):
    """A linear layer with one bias for all its neurons."""

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__(in_features, out_features, bias=False)
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, input: Tensor) -> Tensor:
        return functional.linear(input, self.weight) + self.bias


class BatchNormLast(nn.BatchNorm1d):
    """Batch normalisation of the last axis; a single row uses the running statistics."""

    def forward(self, input: Tensor) -> Tensor:
        rows = input.reshape(-1, input.shape[-1])
        if self.training and len(rows) == 1:
            normalised = functional.batch_norm(
                rows, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps
            )
        else:
            normalised = super().forward(rows)
        return normalised.reshape(input.shape)


class InstanceNormAll(nn.GroupNorm):
    """Instance normalisation of any number of axes: groups of one channel each."""

    def __init__(self, channels: int, eps: float, affine: bool) -> None:
        super().__init__(channels, channels, eps=eps, affine=affine)


class ResidualSum(nn.Module):
    """The sum of the input and the inner module's output."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, input: Tensor) -> Tensor:
        return input + self.inner(input)


class EmbeddedColumns(nn.Module):
    """Rows of tables in place of some columns, which hold their numbers."""

    def __init__(self, tables: Mapping[int, tuple[int, int]]) -> None:
        super().__init__()
        self.columns = list(tables)
        for column, shape in tables.items():
            self.register_parameter(f"embedding{column}", nn.Parameter(torch.zeros(shape)))

    def forward(self, input: Tensor) -> Tensor:
        parts, end = [], 0
        for column in self.columns:
            parts.append(input[..., end:column])
            codes = input[..., column].long()
            parts.append(functional.embedding(codes, getattr(self, f"embedding{column}")))
            end = column + 1
        return torch.cat([*parts, input[..., end:]], -1)


class Heaviside(nn.Module):
    """The perceptron's step: 1 for x ≥ 0, otherwise 0."""

    def forward(self, input: Tensor) -> Tensor:
        return torch.heaviside(input, torch.ones((), dtype=input.dtype, device=input.device))


def _linear(layer: Linear) -> nn.Module:
    if layer.bias == "shared":
        return LinearSharedBias(layer.inputs, layer.outputs)
    return nn.Linear(layer.inputs, layer.outputs, bias=layer.bias is not None)


_LEAVES: dict[type[Layer], Callable[[Any], nn.Module]] = {
    Linear: _linear,
    EmbedColumns: lambda layer: EmbeddedColumns(layer.tables),
    Embedding: lambda layer: nn.Embedding(layer.codes, layer.width, layer.padding),
    **RECURRENT,
    Sigmoid: lambda layer: nn.Sigmoid(),
    Tanh: lambda layer: nn.Tanh(),
    ReLU: lambda layer: nn.ReLU(),
    LeakyReLU: lambda layer: nn.LeakyReLU(layer.slope),
    ELU: lambda layer: nn.ELU(layer.alpha),
    GELU: lambda layer: nn.GELU(),
    SiLU: lambda layer: nn.SiLU(),
    # PyTorch's is the identity above its threshold; from 50 on the difference is below rounding
    Softplus: lambda layer: nn.Softplus(threshold=50.0),
    Step: lambda layer: Heaviside(),
    Identity: lambda layer: nn.Identity(),
    Softmax: lambda layer: nn.Softmax(layer.axis),
    Dropout: lambda layer: nn.Dropout(layer.rate),
    **window_modules(),
    Flatten: lambda layer: nn.Flatten(layer.start, layer.stop),
    GroupNorm: lambda layer: nn.GroupNorm(
        layer.groups, layer.channels, eps=layer.eps, affine=layer.affine
    ),
    InstanceNorm: lambda layer: InstanceNormAll(layer.channels, eps=layer.eps, affine=layer.affine),
    LayerNorm: lambda layer: nn.LayerNorm(layer.features, eps=layer.eps),
    MultiHeadAttention: Attention,
    LearnedPositions: lambda layer: Positions(layer.length, layer.features),
    SinusoidalPositions: lambda layer: Waves(layer, layer.features),
    BatchNorm: lambda layer: BatchNormLast(layer.features, eps=layer.eps, momentum=layer.momentum),
}


def _build(layer: Layer, modules: dict[Layer, nn.Module]) -> nn.Module:
    """The layer's module, which is shared if the layer is used twice."""
    if layer in modules:
        return modules[layer]
    match layer:
        case Sequential():
            inner = nn.Sequential(*(_build(part, modules) for part in layer.layers))
            modules[layer] = nn.Sequential(OrderedDict(layers=inner))
        case Residual():
            modules[layer] = ResidualSum(_build(layer.inner, modules))
        case TransformerBlock():
            inside = {name: _build(part, modules) for name, part in layer.children.items()}
            modules[layer] = Block(layer, inside)
        case TransformerDecoderBlock():
            inside = {name: _build(part, modules) for name, part in layer.children.items()}
            modules[layer] = DecoderBlock(layer, inside)
        case TorchModel():
            modules[layer] = layer.module()
        case _ if type(layer) in _LEAVES:
            modules[layer] = _LEAVES[type(layer)](layer)
        case _:
            raise OptionError(
                "to_torch",
                expected="layers of chainrule.nn",
                got=type(layer).__name__,
                remedy="write its module by hand, with its parameters from model.parameters()",
            )
    return modules[layer]
