"""Layers, one family a file: functions of an array with named parameters."""

from chainrule.nn import html as html  # registers how models are written
from chainrule.nn.init import (
    INITIALISERS,
    Constant,
    HeNormal,
    HeUniform,
    Initialiser,
    Normal,
    Orthogonal,
    Uniform,
    XavierNormal,
    XavierUniform,
    Zeros,
    initialiser,
)
from chainrule.nn.layer import Layer
from chainrule.nn.layers.activations import (
    ACTIVATIONS,
    ELU,
    GELU,
    Activation,
    Identity,
    LeakyReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Step,
    Tanh,
    activation,
)
from chainrule.nn.layers.dropout import Dropout
from chainrule.nn.layers.linear import Linear
from chainrule.nn.layers.normalisation import BatchNorm, LayerNorm
from chainrule.nn.layers.residual import Residual
from chainrule.nn.layers.sequential import Sequential
from chainrule.nn.model import Row, mlp, summary
from chainrule.nn.scope import Scope
from chainrule.nn.slot import Slot

__all__ = [
    "ACTIVATIONS",
    "ELU",
    "GELU",
    "INITIALISERS",
    "Activation",
    "BatchNorm",
    "Constant",
    "Dropout",
    "HeNormal",
    "HeUniform",
    "Identity",
    "Initialiser",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "Normal",
    "Orthogonal",
    "ReLU",
    "Residual",
    "Row",
    "Scope",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Slot",
    "Softmax",
    "Softplus",
    "Step",
    "Tanh",
    "Uniform",
    "XavierNormal",
    "XavierUniform",
    "Zeros",
    "activation",
    "initialiser",
    "mlp",
    "summary",
]
