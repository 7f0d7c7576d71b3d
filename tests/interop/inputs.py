"""Inputs for the tables of modules, and functions wrapped as modules."""

from __future__ import annotations

import torch
from torch import nn

X = torch.float64


def floats(*shape, seed=0, low=-2.0, high=2.0):
    drawn = torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=X)
    return low + (high - low) * drawn


def whole(*shape, below, seed=0):
    return torch.randint(0, below, shape, generator=torch.Generator().manual_seed(seed))


class Of(nn.Module):
    """A function wrapped as a module that has some submodules."""

    def __init__(self, function, **parts):
        super().__init__()
        self.function = function
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, *inputs):
        return self.function(self, *inputs)


IMAGE = floats(2, 4, 6, 5)
ROWS = floats(3, 4)
SERIES = floats(2, 4, 7)
