"""How good a network for images is, beside the commonest class and a linear model of the pixels."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.train.data.class_weights import compute_class_weights
from chainrule.train.data.dataset import Dataset, Part
from chainrule.train.evaluation import Evaluation, evaluate
from chainrule.train.evaluation.evaluation import shown_part
from chainrule.train.options.stored_options import StoredOptions

__all__ = ["evaluate_images", "flat_pixels"]

MOST_INPUTS = 3072
"""The most numbers that the linear model sees of an image: larger ones are scaled down for it."""


def evaluate_images(
    dataset: Dataset, options: StoredOptions, predict: Callable[[Any], Any]
) -> Evaluation:
    """The evaluation on the held-out images, by logits from `predict`."""
    parts = {
        name: Part(flat_pixels(part.x), part.y)
        for name in ("train", "validation", "test")
        if (part := getattr(dataset, name)) is not None
    }
    flat = dataclasses.replace(dataset, **parts)
    weights = options.class_weights
    if weights is not None:
        classes = dataset.encoder.target.classes
        weights = compute_class_weights(weights, dataset.train.y, classes)
    outputs = predict(shown_part(dataset)[1].x)
    return evaluate(flat, lambda _: outputs, class_weights=weights, seed=options.seed)


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
