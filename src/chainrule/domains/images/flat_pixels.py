"""What the linear model beside a network for images sees of them."""

from __future__ import annotations

import numpy as np

from chainrule.graph import Array

__all__ = ["flat_pixels"]

MOST_INPUTS = 3072
"""The most numbers that the linear model sees of an image: larger ones are scaled down for it."""


def flat_pixels(x: Array) -> Array:
    """Images `(n, C, H, W)` as rows, of large ones the means of squares of pixels.

    >>> flat_pixels(np.ones((5, 1, 8, 8))).shape, flat_pixels(np.ones((2, 3, 65, 64))).shape
    ((5, 64), (2, 3072))
    """
    while x[0:1].size > MOST_INPUTS * len(x[0:1]) and min(x.shape[2:]) > 1:
        height, width = (side // 2 for side in x.shape[2:])
        even = x[:, :, : 2 * height, : 2 * width]
        x = even.reshape(*x.shape[:2], height, 2, width, 2).mean(axis=(3, 5))
    return x.reshape(len(x), int(np.prod(x.shape[1:])))
