"""Layers and models: functions of an array with named parameters.

The layers themselves are in `layers/`, one family per file.
"""

from chainrule.nn import model_html as model_html  # registers how models are shown
from chainrule.nn.initialisers import (
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
from chainrule.nn.layers.embed_columns import EmbedColumns
from chainrule.nn.layers.embedding import Embedding
from chainrule.nn.layers.linear import Linear
from chainrule.nn.layers.normalisation import BatchNorm, LayerNorm
from chainrule.nn.layers.recurrent.gru import GRU
from chainrule.nn.layers.recurrent.lstm import LSTM
from chainrule.nn.layers.recurrent.rnn import RNN
from chainrule.nn.layers.recurrent.sequences import padded
from chainrule.nn.layers.residual import Residual
from chainrule.nn.layers.sequential import Sequential
from chainrule.nn.model_summary import Row, summary
from chainrule.nn.multilayer_perceptron import mlp
from chainrule.nn.scope import Scope
from chainrule.nn.slot import Slot

__all__ = [
    "ACTIVATIONS",
    "ELU",
    "GELU",
    "GRU",
    "INITIALISERS",
    "LSTM",
    "RNN",
    "Activation",
    "BatchNorm",
    "Constant",
    "Dropout",
    "EmbedColumns",
    "Embedding",
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
    "padded",
    "summary",
]
