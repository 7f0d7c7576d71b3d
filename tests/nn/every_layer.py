"""Every kind of layer once, for inputs of one width: data for contract tests."""

from __future__ import annotations

import math

import numpy as np

from chainrule import nn
from nn.window_layers import SAMPLES, WINDOW_LAYERS

WIDTH = 4

LAYERS = {
    "linear": lambda dtype: nn.Linear(WIDTH, 3, seed=1, dtype=dtype),
    "linear, shared bias": lambda dtype: nn.Linear(WIDTH, 3, "shared", seed=1, dtype=dtype),
    "linear, no bias": lambda dtype: nn.Linear(WIDTH, 3, None, seed=1, dtype=dtype),
    "dropout": lambda dtype: nn.Dropout(0.4, seed=3),
    "batch norm": lambda dtype: nn.BatchNorm(WIDTH, dtype=dtype),
    "layer norm": lambda dtype: nn.LayerNorm(WIDTH, dtype=dtype),
    "residual": lambda dtype: nn.Residual(nn.Linear(WIDTH, WIDTH, dtype=dtype)),
    "embedded columns": lambda dtype: nn.EmbedColumns(
        WIDTH, {1: (5, 3), 3: (2, 1)}, seed=5, dtype=dtype
    ),
    "sequential": lambda dtype: nn.Sequential(
        nn.Linear(WIDTH, 5, dtype=dtype), nn.Tanh(), nn.Linear(5, 2, dtype=dtype), seed=2
    ),
    "everything": lambda dtype: nn.Sequential(
        nn.Linear(WIDTH, 6, dtype=dtype),
        nn.BatchNorm(6, dtype=dtype),
        nn.SiLU(),
        nn.Dropout(0.3),
        nn.Residual(nn.Sequential(nn.Linear(6, 6, "shared", dtype=dtype), nn.Tanh())),
        nn.Linear(6, 2, None, dtype=dtype),
        seed=4,
    ),
    **WINDOW_LAYERS,
    **{name: (lambda dtype, name=name: nn.activation(name)) for name in nn.ACTIVATIONS},
}


def input_shape(layer: nn.Layer, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of inputs of a layer for a shape of rows of `WIDTH` numbers.

    Layers of channels take one axis of rows, with inputs of a shape in place of the last axis.
    """
    if type(layer) not in SAMPLES:
        return shape
    needs_rows, sample = SAMPLES[type(layer)]
    rows = (math.prod(shape[:-1]),) if needs_rows or len(shape) > 1 else ()
    return (*rows, *sample)


def inputs(layer: nn.Layer, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Inputs of a shape that the layer takes: some may have to be codes, or channels of positions.

    Codes are amid two whole numbers, so that the function is smooth there.
    """
    x = rng.normal(size=input_shape(layer, shape))
    if isinstance(layer, nn.EmbedColumns):
        for column, (codes, _) in layer.tables.items():
            x[..., column] = rng.integers(codes, size=shape[:-1]) + 0.5
    return x
