"""Whole models: the multi-layer perceptron, and a summary of any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.errors import OptionError
from chainrule.graph import Spec
from chainrule.nn.init import HeNormal, Initialiser, XavierUniform, initialiser
from chainrule.nn.layer import Layer
from chainrule.nn.layers.activations import ELU, GELU, LeakyReLU, ReLU, SiLU
from chainrule.nn.layers.activations import activation as make_activation
from chainrule.nn.layers.dropout import Dropout
from chainrule.nn.layers.linear import Bias, Linear
from chainrule.nn.layers.normalisation import BatchNorm
from chainrule.nn.layers.sequential import Sequential
from chainrule.ops.tensor import abstract

__all__ = ["Row", "leaves", "mlp", "summary"]


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

    x is (D,) or (B, D) with D = `inputs`; the result has `outputs` in its place, with no softmax.
    `init` is for all weights; without one, hidden weights are drawn by `he` where the activation
    cuts off negative sums and by `xavier` otherwise, the last ones by `xavier`.  A Linear layer
    before BatchNorm has no bias, which BatchNorm would take away again.

    Raises OptionError for sizes below 1 or settings out of range, UnknownNameError for names.

    >>> mlp(4, (8,), 3, activation="tanh")
    Sequential(Linear(inputs=4, outputs=8, bias='own'), Tanh(), \
Linear(inputs=8, outputs=3, bias='own'))
    """
    if isinstance(hidden, (int, str)):
        raise OptionError(
            "hidden",
            expected="the widths of the hidden layers",
            got=repr(hidden),
            remedy="write them as (128, 64)",
        )
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


@final
@dataclass(frozen=True)
class Row:
    """One layer of a summary: its dotted name, what it is, its output's shape, its parameters."""

    name: str
    layer: str
    shape: tuple[int, ...]
    parameters: int


def summary(model: Layer, shape: tuple[int, ...] | None = None) -> list[Row]:
    """The layers of a model from first to last, for one input of `shape` (without a batch axis).

    `shape` is that of the first layer with a width unless given.  Parameters with two places are
    counted at the first.  Raises ShapeError where the layers do not fit together.

    >>> for row in summary(mlp(4, (8,), 3)):
    ...     print(row.name, row.layer, row.shape, row.parameters)
    layers.0 Linear (8,) 40
    layers.1 ReLU (8,) 0
    layers.2 Linear (3,) 27
    """
    layers = dict(leaves(model))
    shape = _width(layers) if shape is None else shape
    scope = model.scope()
    x = abstract(Spec(shape, model.dtype))
    outputs = {"": model.apply(scope, x), **scope.outputs}
    counted = {name: tensor.size for name, tensor in model.parameters().items()}
    rows: list[Row] = []
    for name, layer in layers.items():
        size = sum(n for full, n in counted.items() if not name or full.startswith(f"{name}."))
        rows.append(Row(name, layer.kind, outputs[name].shape, size))
    return rows


def leaves(model: Layer, name: str = "") -> list[tuple[str, Layer]]:
    """The layers that are no containers, by dotted name."""
    if not model.children:
        return [(name, model)]
    inside = [(f"{name}.{key}".lstrip("."), child) for key, child in model.children.items()]
    return [leaf for key, child in inside for leaf in leaves(child, key)]


def _width(layers: dict[str, Layer]) -> tuple[int, ...]:
    for layer in layers.values():
        width = getattr(layer, "inputs", getattr(layer, "features", None))
        if width is not None:
            return (width,)
    raise OptionError(
        "summary",
        expected="a layer that knows its width, or the shape of one input",
        got="neither",
        remedy="pass shape=(D,)",
    )
