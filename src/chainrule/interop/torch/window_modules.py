"""The PyTorch modules for layers of convolution and pooling."""

# pyright: reportMissingImports=false
# (PyTorch is an extra: types are checked without it)
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from chainrule import nn as layers
from chainrule.nn import Layer

__all__ = ["window_modules"]


def window_modules() -> dict[type[Layer], Callable[[Any], nn.Module]]:
    """What makes the module of each kind of layer; PyTorch's classes have the same names."""
    modules: dict[type[Layer], Callable[[Any], nn.Module]] = {}
    makers = {
        "Conv": _convolution,
        "ConvTranspose": _transposed_convolution,
        "MaxPool": _max_pool,
        "AvgPool": _avg_pool,
        "AdaptiveAvgPool": _adaptive_pool,
        "AdaptiveMaxPool": _adaptive_pool,
    }
    for kind, make in makers.items():
        for axes in (1, 2, 3):
            modules[getattr(layers, f"{kind}{axes}d")] = make
    return modules


def _module_class(layer: Layer) -> Any:
    return getattr(nn, layer.kind)


def _convolution(layer: Any) -> nn.Module:
    return _module_class(layer)(
        layer.inputs,
        layer.outputs,
        layer.size,
        stride=layer.stride,
        padding=layer.padding,
        dilation=layer.dilation,
        groups=layer.groups,
        bias=layer.bias,
    )


def _transposed_convolution(layer: Any) -> nn.Module:
    return _module_class(layer)(
        layer.inputs,
        layer.outputs,
        layer.size,
        stride=layer.stride,
        padding=layer.padding,
        output_padding=layer.output_padding,
        dilation=layer.dilation,
        groups=layer.groups,
        bias=layer.bias,
    )


def _max_pool(layer: Any) -> nn.Module:
    return _module_class(layer)(
        layer.size, layer.stride, layer.padding, layer.dilation, ceil_mode=layer.ceil
    )


def _avg_pool(layer: Any) -> nn.Module:
    return _module_class(layer)(
        layer.size,
        layer.stride,
        layer.padding,
        ceil_mode=layer.ceil,
        count_include_pad=layer.count_padding,
    )


def _adaptive_pool(layer: Any) -> nn.Module:
    return _module_class(layer)(layer.lengths if len(layer.lengths) > 1 else layer.lengths[0])
