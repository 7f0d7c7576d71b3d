"""Networks as users write them, with inputs."""

from __future__ import annotations

import torch
from torch import nn

from interop.inputs import ROWS, Of, floats, whole


class Block(nn.Module):
    """A residual block as users write it, with in-place operations."""

    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        out = self.bn(self.conv(x))
        out += x
        return self.relu(out)


class SmallNet(nn.Module):
    """Convolution, pooling, a block, and a classifier."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.MaxPool2d(2), Block(3))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(3, 4)

    def forward(self, x):
        x = self.pool(self.features(x))
        return self.fc(torch.flatten(x, 1))


class Attention(nn.Module):
    """One head of attention, a mask, and a residual connection."""

    def __init__(self, width):
        super().__init__()
        self.qkv = nn.Linear(width, 3 * width)
        self.register_buffer("mask", torch.tril(torch.ones(8, 8, dtype=torch.bool)))

    def forward(self, x):
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        scores = q @ k.transpose(-2, -1) / k.size(-1) ** 0.5
        length = x.shape[1]
        scores = scores.masked_fill(~self.mask[:length, :length], float("-inf"))
        return x + scores.softmax(-1) @ v


class Tied(nn.Module):
    """An embedding whose weight is also the last layer's."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(6, 4)
        self.head = nn.Linear(4, 6, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, x):
        return self.head(torch.tanh(self.embed(x)))


def _without_gradient(self, x):
    with torch.no_grad():
        scale = x.abs().max() + self.fc(x).sum()
    return self.fc(x) * scale


def _named_outputs(self, x):
    return {"sum": x + self.a(x), "parts": (self.a(x), x.mean())}


NETWORKS = {
    "SmallNet": (SmallNet(), floats(2, 1, 8, 8)),
    "Attention": (Attention(4), floats(2, 5, 4)),
    "Tied": (Tied(), whole(2, 3, below=6)),
    "Residual": (Of(lambda s, x: x + s.fc(x).relu(), fc=nn.Linear(4, 4)), ROWS),
    "used twice": (Of(lambda s, x: s.fc(s.fc(x).tanh()), fc=nn.Linear(4, 4)), ROWS),
    "without gradient": (Of(_without_gradient, fc=nn.Linear(4, 4)), ROWS),
    "several outputs": (Of(_named_outputs, a=nn.Linear(4, 4)), ROWS),
    "in place after a layer": (
        Of(lambda s, x: s.fc(x).add_(1).relu_() * x[:, :2], fc=nn.Linear(4, 2)),
        ROWS,
    ),
}
