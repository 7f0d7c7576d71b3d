"""The multi-layer perceptron, built from its widths and a few options."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.arguments import truth
from chainrule.errors import OptionError
from chainrule.nn.initialisers import HeNormal, Initialiser, XavierUniform, initialiser
from chainrule.nn.layer import Layer
from chainrule.nn.layers.activations import ELU, GELU, LeakyReLU, ReLU, SiLU
from chainrule.nn.layers.activations import activation as make_activation
from chainrule.nn.layers.dropout import Dropout, checked_rate
from chainrule.nn.layers.linear import Bias, Linear
from chainrule.nn.layers.normalisation import BatchNorm
from chainrule.nn.layers.sequential import Sequential

__all__ = ["mlp"]


def mlp(
    inputs: int,
    hidden: Sequence[int] = (128, 64),
    outputs: int = 1,
    *,
    activation: str = "relu",
    batch_norm: bool = False,
    dropout: float = 0.0,
    bias: Bias = "own",
    init: str | Initialiser | None = None,
    seed: int = 0,
    dtype: Any = np.float64,
) -> Sequential:
    """A multi-layer perceptron: (Linear → BatchNorm? → activation → Dropout?) …, then Linear.

    x has shape (D,) or (B, D) with D = `inputs`; the result has `outputs` in place of D and is not
    passed through softmax.  `hidden` are the widths of the hidden layers.  `init` initialises all
    weights; by default, hidden weights are drawn by `he` if the activation is a kind of ReLU and by
    `xavier` otherwise, and the last weight by `xavier`.  A Linear layer before BatchNorm has no
    bias, since BatchNorm would subtract it again.

    Raises OptionError for settings out of range, UnknownNameError for an unknown activation or
    initialiser.

    >>> mlp(4, (8,), 3, activation="tanh")
    Sequential(Linear(inputs=4, outputs=8, bias='own'), Tanh(), \
Linear(inputs=8, outputs=3, bias='own'))
    """
    given: Any = hidden  # not every caller is type-checked
    flat = isinstance(given, (Sequence, np.ndarray)) and np.ndim(np.asarray(given, object)) == 1
    if not flat or isinstance(given, (str, bytes)):
        raise OptionError(
            "hidden",
            expected="the widths of the hidden layers",
            got=repr(hidden),
            remedy="write them as (128, 64)",
        )
    batch_norm, dropout = truth("batch_norm", batch_norm), checked_rate(dropout)
    scheme = None if init is None else initialiser(init)
    layers: list[Layer] = []
    for width in hidden:
        nonlinear = make_activation(activation)
        rectifying = isinstance(nonlinear, (ReLU, LeakyReLU, ELU, GELU, SiLU))
        weight_init = scheme or (HeNormal() if rectifying else XavierUniform())
        layers.append(
            Linear(
                inputs, width, None if batch_norm else bias, weight_init=weight_init, dtype=dtype
            )
        )
        if batch_norm:
            layers.append(BatchNorm(width, dtype=dtype))
        layers.append(nonlinear)
        if dropout:
            layers.append(Dropout(dropout, seed=seed))
        inputs = width
    last = Linear(inputs, outputs, bias, weight_init=scheme or XavierUniform(), dtype=dtype)
    return Sequential(*layers, last, seed=seed)
