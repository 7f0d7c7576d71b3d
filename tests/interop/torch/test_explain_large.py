"""Explanations of networks of PyTorch that are too large to be written out: bounded, and right."""

from __future__ import annotations

import time

import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.derivation.budget import MAX_LINES

torch = pytest.importorskip("torch")


def block(i: int, o: int, stride: int) -> torch.nn.Module:
    """Two convolutions with batch normalisation and a shortcut, as in ResNet-18."""
    nn = torch.nn

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(i, o, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(o)
            self.conv2 = nn.Conv2d(o, o, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(o)
            self.shortcut = nn.Conv2d(i, o, 1, stride, bias=False)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
            return torch.relu(y + self.shortcut(x))

    return Block()


def residual() -> torch.nn.Module:
    nn = torch.nn
    stages = [block(16, 16, 1), block(16, 16, 1), block(16, 32, 2), block(32, 32, 1)]
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10)]
    return nn.Sequential(nn.Conv2d(3, 16, 7, 2, 3), nn.MaxPool2d(3, 2, 1), *stages, *head)


def normalised() -> torch.nn.Module:
    nn = torch.nn

    def conv(i: int, o: int) -> torch.nn.Module:
        return nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.GroupNorm(4, o), nn.SiLU())

    return nn.Sequential(conv(3, 8), conv(8, 8), conv(8, 16), nn.Conv2d(16, 2, 1))


@pytest.mark.parametrize(
    ("net", "side", "first", "last"),
    [
        (residual, 64, "0.weight[0, 0, 0, 0]", "8.weight[3, 0]"),
        (normalised, 16, "0.0.weight[0, 0, 0, 0]", "3.weight[1, 0, 0, 0]"),
    ],
)
def test_a_weight_of_a_large_network_takes_moments_and_adds_up(net, side, first, last):
    torch.manual_seed(0)
    module = net().eval().double()
    model = cr.from_torch(module, torch.zeros(1, 3, side, side, dtype=torch.float64))
    x = np.random.default_rng(0).normal(size=(1, 3, side, side))
    loss = cr.mean(model(x) ** 2).named("loss")
    torch.mean(module(torch.from_numpy(x)) ** 2).backward()
    parameters = dict(module.named_parameters())
    for wrt in (first, last):
        begun = time.thread_time()
        explained = cr.explain(loss, wrt=wrt)
        lines = str(explained).splitlines()
        assert time.thread_time() - begun < 10
        assert len(lines) < 1.6 * MAX_LINES
        name, _, inside = wrt.partition("[")
        expected = parameters[name].grad[tuple(map(int, inside[:-1].split(", ")))].item()
        (chain,) = explained.derivation.chains
        assert chain.gradient == pytest.approx(expected, rel=1e-9)
        total = sum(product.value for product in chain.products) + chain.rest
        assert total == pytest.approx(expected, rel=1e-9)
