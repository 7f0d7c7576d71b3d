"""The convolutional network of a run on images, and how long it is trained."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.domains.images.coder import ImageCoder
from chainrule.domains.images.options import ImageOptions
from chainrule.nn import Conv2d, Dropout, Flatten, Layer, Linear, MaxPool2d, ReLU, Sequential

__all__ = ["build_network", "choose_rules", "multiplications"]

WIDTHS = (32, 64, 128, 128, 128)
"""The channels of the blocks, of which there are fewer for smaller images."""

LEAST_SIDE = 4
"""The least pixels of a side that are pooled further by default: the next block has two of them."""

UNITS = 128
"""The width of the hidden linear layer."""

RATE, BATCH = 0.002, 32

LEAST_EPOCHS, EPOCHS, MOST_EPOCHS = 10, 100, 1000

LEAST_STEPS = 2000
"""Fewer steps are too few, however few the images are."""

WORK = 2e11
"""The multiplications of a training, forward: about a minute."""


def default_widths(height: int, width: int) -> tuple[int, ...]:
    """The channels of the blocks for images of this size.

    >>> default_widths(8, 8), default_widths(28, 28), default_widths(3, 9)
    ((32, 64), (32, 64, 128), (32,))
    """
    pooled = math.floor(math.log2(max(min(height, width) / LEAST_SIDE, 1))) + 1
    return WIDTHS[: max(1, pooled)]


def build_network(options: ImageOptions, coder: ImageCoder, dtype: Any = None) -> Layer:
    """A 3 × 3 convolution, ReLU and the maximum of 2 × 2 for each width, then two linear layers.

    Sides of a single pixel are not pooled further.
    """
    assert options.layers is not None, "chosen before there is a network"
    how: dict[str, Any] = {"dtype": np.dtype(dtype or options.dtype)}
    layers: list[Layer] = []
    channels, height, width = coder.shape
    for outputs in options.layers:
        layers += [
            Conv2d(channels, outputs, 3, padding="same", weight_init="he", **how),
            ReLU(),
        ]
        window = (min(2, height), min(2, width))
        if window != (1, 1):
            layers.append(MaxPool2d(window))
        channels, height, width = outputs, height // window[0], width // window[1]
    layers.append(Flatten(-3))  # of a single image, too
    inputs = channels * height * width
    if options.dropout:
        layers.append(Dropout(options.dropout / 2))
    layers += [Linear(inputs, UNITS, weight_init="he", **how), ReLU()]
    if options.dropout:
        layers.append(Dropout(options.dropout))
    layers.append(Linear(UNITS, len(coder.classes), **how))
    return Sequential(*layers, seed=options.own_seed)


def multiplications(coder: ImageCoder, widths: Sequence[int]) -> int:
    """The products that the network computes for one image.

    >>> multiplications(ImageCoder(8, 8, (0.0,), (1.0,), (0.0,), ("a", "b")), (32, 64))
    346368
    """
    channels, height, width = coder.shape
    total = 0
    for outputs in widths:
        total += 9 * channels * outputs * height * width
        channels, height, width = outputs, max(1, height // 2), max(1, width // 2)
    return total + UNITS * (channels * height * width + len(coder.classes))


def choose_rules(options: ImageOptions, coder: ImageCoder, rows: int) -> dict[str, Any]:
    """What options are where they are not given, for so many training images, by name."""
    widths = options.layers or default_widths(coder.height, coder.width)
    batch = options.batch_size or min(BATCH, rows)
    steps = math.ceil(rows / (rows if batch == "full" else batch))
    wanted = min(max(EPOCHS, math.ceil(LEAST_STEPS / steps)), MOST_EPOCHS)
    affordable = max(LEAST_EPOCHS, int(WORK / (rows * multiplications(coder, widths))))
    return {
        "layers": widths,
        "epochs": min(wanted, affordable),
        "optimizer": "adamw",
        "learning_rate": RATE,
    }
