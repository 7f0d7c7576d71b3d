"""Every network, written with PyTorch; parameters are created in the order of the networks'."""

from __future__ import annotations

from typing import Any

from chainrule.bench.networks import (
    CharacterLSTM,
    ConvolutionalNetwork,
    Network,
    Perceptron,
    SeriesGRU,
    Transformer,
)
from chainrule.bench.networks.characters import LAYER_NORM_EPS
from chainrule.bench.networks.convolution import KERNEL, POOL
from chainrule.bench.networks.perceptron import EPS, MOMENTUM

__all__ = ["make_loss", "make_model"]


def make_model(torch: Any, network: Network) -> Any:
    """The network as a module, with any weights."""
    match network:
        case Perceptron():
            return _perceptron(torch.nn, network)
        case CharacterLSTM():
            return _lstm(torch.nn, network)
        case SeriesGRU():
            return _gru(torch.nn, network)
        case ConvolutionalNetwork():
            return _convolutional(torch, network)
        case Transformer():
            return _transformer(torch, network)
        case _:
            raise TypeError(type(network).__name__)


def make_loss(torch: Any, network: Network) -> Any:
    """A function of outputs and targets."""
    functional = torch.nn.functional
    if network.loss == "mse":
        return functional.mse_loss
    return lambda z, y: functional.cross_entropy(z.reshape(-1, z.shape[-1]), y.reshape(-1))


def _perceptron(nn: Any, network: Perceptron) -> Any:
    parts: list[Any] = []
    layers = network.layers()
    for i, layer in enumerate(layers):
        h, d = layer.weight.shape
        parts.append(nn.Linear(d, h, bias=layer.bias is not None))
        if layer.scale is not None:
            parts.append(nn.BatchNorm1d(h, eps=EPS, momentum=MOMENTUM))
        if i < len(layers) - 1:
            parts.append(nn.ReLU())
    return nn.Sequential(*parts)


def _lstm(nn: Any, network: CharacterLSTM) -> Any:
    class CharacterModel(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(network.characters, network.width)
            self.lstm = nn.LSTM(network.width, network.hidden, batch_first=True)
            self.linear = nn.Linear(network.hidden, network.characters)

        def forward(self, x: Any) -> Any:
            return self.linear(self.lstm(self.embedding(x))[0])

    return CharacterModel()


def _gru(nn: Any, network: SeriesGRU) -> Any:
    class SeriesModel(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru = nn.GRU(network.features, network.hidden, batch_first=True)
            self.linear = nn.Linear(network.hidden, 1)

        def forward(self, x: Any) -> Any:
            return self.linear(self.gru(x)[1][-1])

    return SeriesModel()


def _convolutional(torch: Any, network: ConvolutionalNetwork) -> Any:
    """With the channels last, as PyTorch recommends and as is faster."""
    nn = torch.nn
    layers: list[Any] = []
    for inputs, outputs in zip((1, *network.channels), network.channels, strict=False):
        layers += [nn.Conv2d(inputs, outputs, KERNEL), nn.ReLU(), nn.MaxPool2d(POOL)]
    layers += [nn.Flatten(), nn.Linear(network.flat, network.classes)]

    class ImageModel(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.Sequential(*layers)

        def forward(self, x: Any) -> Any:
            return self.layers(x.contiguous(memory_format=torch.channels_last))

    return ImageModel().to(memory_format=torch.channels_last)


def _transformer(torch: Any, network: Transformer) -> Any:
    nn, attention = torch.nn, torch.nn.functional.scaled_dot_product_attention
    width, heads = network.width, network.heads

    class TransformerModel(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(network.characters, width)
            self.positions = nn.Embedding(network.steps, width)
            self.norm1 = nn.LayerNorm(width, LAYER_NORM_EPS)
            self.attention_in = nn.Linear(width, 3 * width)
            self.attention_out = nn.Linear(width, width)
            self.norm2 = nn.LayerNorm(width, LAYER_NORM_EPS)
            self.hidden = nn.Linear(width, network.hidden)
            self.out = nn.Linear(network.hidden, width)
            self.linear = nn.Linear(width, network.characters)

        def forward(self, x: Any) -> Any:
            x = self.embedding(x) + self.positions.weight
            parts = self.attention_in(self.norm1(x)).chunk(3, dim=-1)
            split = (part.unflatten(-1, (heads, -1)).transpose(1, 2) for part in parts)
            context = attention(*split, is_causal=True).transpose(1, 2).flatten(2)
            x = x + self.attention_out(context)
            x = x + self.out(self.hidden(self.norm2(x)).relu())
            return self.linear(x)

    return TransformerModel()
