"""Layers over windows and channels against PyTorch, where it is installed: values, every gradient.

Weights are exchanged both ways: PyTorch's are loaded into ours, ours are converted to a module.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same'")

RNG = np.random.default_rng(6)
LENGTHS = {1: (9,), 2: (7, 6), 3: (5, 6, 5)}
AXES = [1, 2, 3]


def agree(layer, theirs, x):
    """Output and gradients of both are the same, with PyTorch's parameters, then with ours."""
    theirs = theirs.double()
    parameters = {name: t.detach().numpy() for name, t in theirs.named_parameters()}
    layer.load(parameters)
    module = layer.to_torch()
    for other in (theirs, module):
        assert {name for name, _ in other.named_parameters()} == set(layer.parameters())
        inputs = torch.tensor(x, requires_grad=True)
        output = other(inputs)
        weights = np.cos(np.arange(output.numel())).reshape(output.shape)
        (output * torch.tensor(weights)).sum().backward()
        ours = cr.variable(x, "x")
        y = layer(ours)
        np.testing.assert_allclose(y.value, output.detach().numpy(), rtol=1e-9, atol=1e-9)
        gradients = cr.sum(y * weights).gradients()
        np.testing.assert_allclose(gradients["x"].value, inputs.grad.numpy(), rtol=1e-9, atol=1e-9)
        for name, parameter in other.named_parameters():
            np.testing.assert_allclose(
                gradients[name].value, parameter.grad.numpy(), rtol=1e-9, atol=1e-9
            )


def random(channels, axes, batch=2):
    return RNG.normal(size=(batch, channels, *LENGTHS[axes]))


GRID = list(itertools.product([1, 2], [0, 1, "same", "valid"], [1, 2], [1, 2, 4], [True, False]))


@pytest.mark.parametrize("axes", AXES)
@pytest.mark.parametrize("size", [1, 2, 3])
def test_convolution(axes, size):
    ours, theirs = getattr(nn, f"Conv{axes}d"), getattr(torch.nn, f"Conv{axes}d")
    for stride, padding, dilation, groups, bias in GRID[:: axes * 2 + 1]:
        if padding == "same" and stride > 1:
            continue
        settings = {"stride": stride, "padding": padding, "dilation": dilation}
        settings |= {"groups": groups, "bias": bias}
        agree(ours(4, 8, size, **settings), theirs(4, 8, size, **settings), random(4, axes))


@pytest.mark.parametrize("axes", AXES)
@pytest.mark.parametrize("size", [1, 3])
def test_transposed_convolution(axes, size):
    name = f"ConvTranspose{axes}d"
    ours, theirs = getattr(nn, name), getattr(torch.nn, name)
    grid = list(itertools.product([1, 3], [0, 1], [0, 1, 2], [1, 2], [1, 2], [True, False]))
    for stride, padding, added, dilation, groups, bias in grid[:: axes * 2 + 1]:
        if added >= max(stride, dilation):
            continue
        settings = {"stride": stride, "padding": padding, "output_padding": added}
        settings |= {"dilation": dilation, "groups": groups, "bias": bias}
        agree(ours(4, 6, size, **settings), theirs(4, 6, size, **settings), random(4, axes, 1))


@pytest.mark.parametrize("axes", AXES)
def test_pools(axes):
    for size, stride, padding, ceil in itertools.product(
        [2, 3], [None, 1, 2, 3], [0, 1], [False, True]
    ):
        x = random(2, axes)
        for dilation in (1, 2):
            agree(
                getattr(nn, f"MaxPool{axes}d")(size, stride, padding, dilation=dilation, ceil=ceil),
                getattr(torch.nn, f"MaxPool{axes}d")(
                    size, stride, padding, dilation, ceil_mode=ceil
                ),
                x,
            )
        for count in (True, False):
            agree(
                getattr(nn, f"AvgPool{axes}d")(
                    size, stride, padding, ceil=ceil, count_padding=count
                ),
                getattr(torch.nn, f"AvgPool{axes}d")(
                    size, stride, padding, ceil_mode=ceil, count_include_pad=count
                ),
                x,
            )


@pytest.mark.parametrize("axes", AXES)
@pytest.mark.parametrize("kind", ["Avg", "Max"])
def test_adaptive_pools(axes, kind):
    name = f"Adaptive{kind}Pool{axes}d"
    for outputs in (1, 2, 3, 5, *([(4, *(None,) * (axes - 1))] if axes > 1 else [])):
        agree(getattr(nn, name)(outputs), getattr(torch.nn, name)(outputs), random(2, axes))


@pytest.mark.parametrize("axes", AXES)
def test_normalised_channels(axes):
    for groups, affine in itertools.product([1, 2, 6], [True, False]):
        agree(
            nn.GroupNorm(groups, 6, affine=affine, eps=1e-3),
            torch.nn.GroupNorm(groups, 6, affine=affine, eps=1e-3),
            random(6, axes),
        )
    for affine in (True, False):
        agree(
            nn.InstanceNorm(3, affine=affine),
            getattr(torch.nn, f"InstanceNorm{axes}d")(3, affine=affine),
            random(3, axes),
        )


@pytest.mark.parametrize("axes", [(1, -1), (0, -1), (-3, 2)])
def test_flatten(axes):
    agree(nn.Flatten(*axes), torch.nn.Flatten(*axes), RNG.normal(size=(2, 3, 4, 5)))


def test_single_inputs_without_a_batch():
    for kind in ("Conv", "ConvTranspose"):
        ours, theirs = getattr(nn, f"{kind}2d"), getattr(torch.nn, f"{kind}2d")
        agree(ours(4, 3, 2), theirs(4, 3, 2), random(4, 2)[0])
