"""Every kind of layer over windows or channels: data for contract tests."""

from __future__ import annotations

from chainrule import nn

SERIES, IMAGE, VOLUME = (4, 6), (4, 4, 3), (2, 2, 3, 3)

WINDOW_LAYERS = {
    "conv 1d": lambda dtype: nn.Conv1d(4, 3, 3, padding="same", seed=1, dtype=dtype),
    "conv 1d, all settings": lambda dtype: nn.Conv1d(
        4, 6, 2, stride=2, padding=1, dilation=3, groups=2, bias=False, seed=1, dtype=dtype
    ),
    "conv 2d": lambda dtype: nn.Conv2d(4, 3, 3, seed=1, dtype=dtype),
    "conv 2d, all settings": lambda dtype: nn.Conv2d(
        *(4, 8, (3, 2)),
        stride=(2, 1),
        padding=(1, 2),
        dilation=(1, 2),
        groups=4,
        bias_init="normal(1)",
        seed=2,
        dtype=dtype,
    ),
    "conv 3d": lambda dtype: nn.Conv3d(2, 2, 2, padding=1, seed=3, dtype=dtype),
    "transposed conv 1d": lambda dtype: nn.ConvTranspose1d(4, 3, 3, seed=1, dtype=dtype),
    "transposed conv 2d": lambda dtype: nn.ConvTranspose2d(
        4, 6, 3, stride=2, padding=1, output_padding=1, groups=2, dilation=2, seed=1, dtype=dtype
    ),
    "transposed conv 3d": lambda dtype: nn.ConvTranspose3d(
        2, 3, (1, 2, 2), stride=(1, 3, 2), padding=(0, 1, 0), bias=False, seed=1, dtype=dtype
    ),
    "max pool 1d": lambda dtype: nn.MaxPool1d(3, 2, 1),
    "max pool 2d": lambda dtype: nn.MaxPool2d(2),
    "max pool 2d, all settings": lambda dtype: nn.MaxPool2d(3, 2, 1, dilation=(1, 2), ceil=True),
    "max pool 3d": lambda dtype: nn.MaxPool3d((1, 2, 3), (1, 2, 1)),
    "mean pool 1d": lambda dtype: nn.AvgPool1d(3, 2, 1),
    "mean pool 2d": lambda dtype: nn.AvgPool2d((3, 2), (2, 1), (1, 0), ceil=True),
    "mean pool 2d, only entries": lambda dtype: nn.AvgPool2d(
        3, 2, 1, ceil=True, count_padding=False
    ),
    "mean pool 3d": lambda dtype: nn.AvgPool3d(2, 1),
    "adaptive mean 1d": lambda dtype: nn.AdaptiveAvgPool1d(3),
    "adaptive mean 2d": lambda dtype: nn.AdaptiveAvgPool2d((3, None)),
    "adaptive mean 3d": lambda dtype: nn.AdaptiveAvgPool3d((2, 2, 3)),
    "adaptive max 1d": lambda dtype: nn.AdaptiveMaxPool1d(3),
    "adaptive max 2d": lambda dtype: nn.AdaptiveMaxPool2d((2, 5)),
    "adaptive max 3d": lambda dtype: nn.AdaptiveMaxPool3d(2),
    "flatten": lambda dtype: nn.Flatten(),
    "group norm": lambda dtype: nn.GroupNorm(2, 4, dtype=dtype),
    "group norm, not affine": lambda dtype: nn.GroupNorm(4, 4, affine=False),
    "instance norm": lambda dtype: nn.InstanceNorm(4),
    "instance norm, affine": lambda dtype: nn.InstanceNorm(4, affine=True, dtype=dtype),
}

SHAPES = {"1": SERIES, "2": IMAGE, "3": VOLUME}
NEEDS_ROWS = (nn.Flatten, nn.GroupNorm, nn.InstanceNorm)

SAMPLES = {
    kind: (kind in NEEDS_ROWS, SHAPES.get(kind.__name__[-2], IMAGE))
    for kind in {type(make(float)) for make in WINDOW_LAYERS.values()}
}
"""By the class of a layer, whether it needs an axis of rows, and the shape of one input."""
