"""Every kind of layer once, for inputs of one width: data for contract tests."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule import nn
from chainrule.nn.layers.recurrent.recurrent import Recurrent
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
    "embedding": lambda dtype: nn.Embedding(6, 3, seed=6, dtype=dtype),
    "rnn": lambda dtype: nn.RNN(WIDTH, 2, 2, returns="outputs", seed=7, dtype=dtype),
    "lstm": lambda dtype: nn.LSTM(
        WIDTH, 2, bidirectional=True, returns="outputs", seed=8, dtype=dtype
    ),
    "gru": lambda dtype: nn.GRU(WIDTH, 2, 2, dropout=0.4, returns="last", seed=9, dtype=dtype),
    "attention": lambda dtype: nn.MultiHeadAttention(WIDTH, 2, seed=6, dtype=dtype),
    "attention, causal, dropout, no bias": lambda dtype: nn.MultiHeadAttention(
        WIDTH, 1, causal=True, dropout=0.3, bias=False, seed=6, dtype=dtype
    ),
    "sinusoidal positions": lambda dtype: nn.SinusoidalPositions(WIDTH),
    "learned positions": lambda dtype: nn.LearnedPositions(9, WIDTH, seed=7, dtype=dtype),
    "transformer block": lambda dtype: nn.TransformerBlock(
        WIDTH, 2, 6, causal=True, activation="tanh", seed=8, dtype=dtype
    ),
    "transformer block, norms after": lambda dtype: nn.TransformerBlock(
        WIDTH, 2, 6, activation="gelu", dropout=0.2, norm="post", seed=8, dtype=dtype
    ),
    "transformer decoder block": lambda dtype: nn.TransformerDecoderBlock(
        WIDTH, 2, 6, activation="tanh", dropout=0.2, seed=8, dtype=dtype
    ),
    "function": lambda dtype: nn.Lambda(
        lambda x, a, scale: scale * a(x) + x[..., :2],
        a=nn.Linear(WIDTH, 2, seed=9, dtype=dtype),
        scale=np.array([0.5, 2.0], dtype),
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


SEQUENCES = (
    Recurrent,
    nn.MultiHeadAttention,
    nn.LearnedPositions,
    nn.SinusoidalPositions,
    nn.TransformerBlock,
    nn.TransformerDecoderBlock,
)
"""Layers of sequences: an input of a shape has three steps before its last axis."""


def inputs(
    layer: nn.Layer, shape: tuple[int, ...], rng: np.random.Generator, dtype: Any = np.float64
) -> np.ndarray:
    """Inputs of a shape that the layer takes: some may have to be codes, channels, or steps.

    Layers of channels take one axis of rows, with inputs of a shape in place of the last axis.
    Codes in columns of floats are amid two whole numbers, so that the function is smooth there.
    """
    if isinstance(layer, nn.Embedding):
        return rng.integers(layer.codes, size=shape)
    if isinstance(layer, SEQUENCES):
        shape = (*shape[:-1], 3, shape[-1])
    if type(layer) in SAMPLES:
        axes, sample = SAMPLES[type(layer)]
        rows = (math.prod(shape[:-1]),) if axes or len(shape) > 1 else ()
        shape = (*rows, *sample)
    x = rng.normal(size=shape)
    if isinstance(layer, nn.EmbedColumns):
        for column, (codes, _) in layer.tables.items():
            x[..., column] = rng.integers(codes, size=shape[:-1]) + 0.5
    return x.astype(dtype)
