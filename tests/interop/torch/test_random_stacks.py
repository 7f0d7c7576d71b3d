"""Random stacks of layers agree with PyTorch's autograd."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from interop import agreement  # noqa: E402

ACTIVATIONS = (nn.ReLU, nn.LeakyReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Sigmoid, nn.Tanh, nn.Softplus)


class Residual(nn.Module):
    def __init__(self, *inner):
        super().__init__()
        self.inner = nn.Sequential(*inner)

    def forward(self, x):
        return x + self.inner(x)


@st.composite
def rows(draw):
    """Layers for (B, D)."""
    width = draw(st.integers(1, 5))
    first, layers = width, []
    for _ in range(draw(st.integers(1, 5))):
        kinds = ["linear", "activation", "batch", "residual"]
        kinds += ["layer"] * (width > 1)  # of one number nothing but rounding would be left
        kind = draw(st.sampled_from(kinds))
        if kind == "linear":
            layers.append(nn.Linear(width, width := draw(st.integers(1, 5)), draw(st.booleans())))
        elif kind == "activation":
            layers.append(draw(st.sampled_from(ACTIVATIONS))())
        elif kind == "batch":
            layers.append(nn.BatchNorm1d(width))
        elif kind == "layer":
            layers.append(nn.LayerNorm(width, eps=0.1))
        else:
            layers.append(Residual(nn.Linear(width, width), draw(st.sampled_from(ACTIVATIONS))()))
    return nn.Sequential(*layers), (draw(st.integers(2, 4)), first)


@st.composite
def images(draw):
    """Layers for (B, C, H, W)."""
    channels = first = draw(st.sampled_from([1, 2, 4]))
    height, width = draw(st.integers(5, 8)), draw(st.integers(5, 8))
    shape, layers = (2, first, height, width), []
    for _ in range(draw(st.integers(1, 3))):
        if draw(st.booleans()):
            groups = draw(st.sampled_from([g for g in (1, 2) if channels % g == 0]))
            out = groups * draw(st.integers(1, 2))
            layers.append(
                nn.Conv2d(
                    channels, out, draw(st.sampled_from([1, 2, 3, (3, 1)])),
                    stride=draw(st.sampled_from([1, 1, 2])), padding=draw(st.integers(1, 2)),
                    dilation=draw(st.sampled_from([1, 1, 2])), groups=groups,
                )
            )  # fmt: skip
            channels = out
        layers.append(
            draw(
                st.sampled_from(
                    [
                        nn.BatchNorm2d(channels), nn.ReLU(), nn.Tanh(),
                        nn.MaxPool2d(2, 1, 1), nn.AvgPool2d(2, 1), nn.MaxPool2d(2, ceil_mode=True),
                        nn.AdaptiveAvgPool2d((3, 2)),
                    ]
                )
            )
        )  # fmt: skip
    return nn.Sequential(*layers, nn.Flatten()), shape


@settings(max_examples=25, deadline=None)
@given(st.one_of(rows(), images()), st.booleans(), st.integers(0, 1000))
def test_any_stack_agrees_with_autograd(stack, training, seed):
    module, shape = stack
    x = torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    try:
        module.double()(4 * x - 2)
    except (RuntimeError, ValueError):
        return  # PyTorch refuses it too: a window larger than what is left
    agreement.check(module, (4 * x - 2,), training=training)
