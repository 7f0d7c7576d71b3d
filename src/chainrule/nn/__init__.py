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
from chainrule.nn.layers.attention.decoder_block import TransformerDecoderBlock
from chainrule.nn.layers.attention.multi_head_attention import MultiHeadAttention
from chainrule.nn.layers.attention.positions import LearnedPositions, SinusoidalPositions
from chainrule.nn.layers.attention.transformer_block import TransformerBlock
from chainrule.nn.layers.dropout import Dropout
from chainrule.nn.layers.embed_columns import EmbedColumns
from chainrule.nn.layers.embedding import Embedding
from chainrule.nn.layers.flatten import Flatten
from chainrule.nn.layers.function import Lambda, function
from chainrule.nn.layers.linear import Linear
from chainrule.nn.layers.normalisation import BatchNorm, GroupNorm, InstanceNorm, LayerNorm
from chainrule.nn.layers.recurrent.gru import GRU
from chainrule.nn.layers.recurrent.lstm import LSTM
from chainrule.nn.layers.recurrent.rnn import RNN
from chainrule.nn.layers.recurrent.sequences import padded
from chainrule.nn.layers.residual import Residual
from chainrule.nn.layers.sequential import Sequential
from chainrule.nn.layers.tying import tie
from chainrule.nn.layers.windows.adaptive_pooling import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveAvgPool3d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    AdaptiveMaxPool3d,
)
from chainrule.nn.layers.windows.convolution import Conv1d, Conv2d, Conv3d
from chainrule.nn.layers.windows.pooling import (
    AvgPool1d,
    AvgPool2d,
    AvgPool3d,
    MaxPool1d,
    MaxPool2d,
    MaxPool3d,
)
from chainrule.nn.layers.windows.transposed_convolution import (
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
)
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
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "BatchNorm",
    "Constant",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "Dropout",
    "EmbedColumns",
    "Embedding",
    "Flatten",
    "GroupNorm",
    "HeNormal",
    "HeUniform",
    "Identity",
    "Initialiser",
    "InstanceNorm",
    "Lambda",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "LearnedPositions",
    "Linear",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "MultiHeadAttention",
    "Normal",
    "Orthogonal",
    "ReLU",
    "Residual",
    "Row",
    "Scope",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "SinusoidalPositions",
    "Slot",
    "Softmax",
    "Softplus",
    "Step",
    "Tanh",
    "TransformerBlock",
    "TransformerDecoderBlock",
    "Uniform",
    "XavierNormal",
    "XavierUniform",
    "Zeros",
    "activation",
    "function",
    "initialiser",
    "mlp",
    "padded",
    "summary",
    "tie",
]
