"""PyTorch modules for the layers of attention, with the names of their parameters."""

# pyright: reportMissingImports=false
# (PyTorch is an extra: types are checked without it)
from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from chainrule.nn import Layer, MultiHeadAttention, TransformerBlock, TransformerDecoderBlock

__all__ = ["Attention", "Block", "DecoderBlock", "Positions", "Waves", "parts"]


def parts(given: Any) -> dict[str, Tensor]:
    """The inputs by name: those of a dict, or one sequence."""
    return given if isinstance(given, dict) else {"x": given}


class Attention(nn.Module):
    """Multi-head attention of a sequence, or of a dict with a memory and a mask besides."""

    def __init__(self, layer: MultiHeadAttention) -> None:
        super().__init__()
        self.heads, self.causal, self.dropout = layer.heads, layer.causal, layer.dropout
        for name, tensor in layer.parameters().items():
            self.register_parameter(name, nn.Parameter(torch.zeros(tensor.shape)))
        if not layer.bias:
            self.in_bias = self.out_bias = None

    def forward(self, input: Any) -> Tensor:
        given = parts(input)
        x = given["x"] if given["x"].ndim > 1 else given["x"][None]
        memory = given.get("memory", x)
        weight, bias = self.in_weight.chunk(3), [None] * 3
        if self.in_bias is not None:
            bias = self.in_bias.chunk(3)
        q, k, v = (
            self._split(functional.linear(source, w, b))
            for source, w, b in zip((x, memory, memory), weight, bias, strict=True)
        )
        mask = self._mask(given.get("mask"), x, q.shape[-2], k.shape[-2])
        rate = self.dropout if self.training else 0.0
        found = functional.scaled_dot_product_attention(q, k, v, mask, rate)
        y = functional.linear(
            found.transpose(-2, -3).reshape(x.shape), self.out_weight, self.out_bias
        )
        return y if given["x"].ndim > 1 else y[0]

    def _split(self, z: Tensor) -> Tensor:
        return z.reshape(*z.shape[:-1], self.heads, -1).transpose(-2, -3)

    def _mask(self, mask: Tensor | None, x: Tensor, queries: int, keys: int) -> Tensor | None:
        found = None
        if mask is not None:
            found = mask != 0
            found = (found[..., None, :] if mask.ndim < x.ndim else found)[..., None, :, :]
        if self.causal:
            seen = torch.ones(queries, keys, dtype=torch.bool, device=x.device).tril()
            found = seen if found is None else found & seen
        return found


class Block(nn.Module):
    """A transformer block of a sequence, or of a dict with a mask besides."""

    def __init__(self, layer: TransformerBlock, modules: dict[str, nn.Module]) -> None:
        super().__init__()
        for name, module in modules.items():
            self.add_module(name, module)
        self.before, self.dropout = layer.norm == "pre", nn.Dropout(layer.dropout)

    def forward(self, input: Any) -> Any:
        given = parts(input)

        def attended(h: Tensor) -> Tensor:
            return self.attention({**given, "x": h})

        def transformed(h: Tensor) -> Tensor:
            return self.out(self.dropout(self.activation(self.hidden(h))))

        y = given["x"]
        for norm, part in ((self.norm1, attended), (self.norm2, transformed)):
            y = y + self.dropout(part(norm(y) if self.before else y))
            y = y if self.before else norm(y)
        return {**given, "x": y} if isinstance(input, dict) else y


class DecoderBlock(nn.Module):
    """A decoder's block of a sequence, or of a dict with a memory and its mask besides."""

    def __init__(self, layer: TransformerDecoderBlock, modules: dict[str, nn.Module]) -> None:
        super().__init__()
        for name, module in modules.items():
            self.add_module(name, module)
        self.dropout = nn.Dropout(layer.dropout)

    def forward(self, input: Any) -> Any:
        given = parts(input)
        y, beside = given["x"], {"memory": given["x"], **given}
        if beside["memory"].ndim == 1:
            beside["memory"] = beside["memory"][None]
        y = y + self.dropout(self.attention(self.norm1(y)))
        y = y + self.dropout(self.cross({**beside, "x": self.norm2(y)}))
        h = self.out(self.dropout(self.activation(self.hidden(self.norm3(y)))))
        y = y + self.dropout(h)
        return {**given, "x": y} if isinstance(input, dict) else y


class Positions(nn.Module):
    """Adds a learnt vector to each position."""

    def __init__(self, length: int, features: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(length, features))

    def forward(self, input: Any) -> Any:
        x = parts(input)["x"]
        y = x + (self.weight[: x.shape[-2]] if x.ndim > 1 else self.weight[0])
        return {**input, "x": y} if isinstance(input, dict) else y


class Waves(nn.Module):
    """Adds the waves of a layer's sinusoidal positions."""

    def __init__(self, layer: Layer, features: int) -> None:
        super().__init__()
        self.layer, self.features = layer, features

    def forward(self, input: Any) -> Any:
        x = parts(input)["x"]
        zeros = np.zeros((x.shape[-2] if x.ndim > 1 else 1, self.features))
        waves = torch.from_numpy(np.array(self.layer(zeros).value)).to(x.dtype).to(x.device)
        y = x + (waves if x.ndim > 1 else waves[0])
        return {**input, "x": y} if isinstance(input, dict) else y
