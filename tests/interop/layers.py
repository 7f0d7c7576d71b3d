"""Layers of PyTorch, with inputs."""

from __future__ import annotations

import torch
from torch import nn

from interop.inputs import IMAGE, ROWS, SERIES, Of, floats, whole

ACTIVATIONS = {
    type(a).__name__ + (f" {i}" if i else ""): a
    for i, a in enumerate(
        [
            nn.ReLU(),
            nn.LeakyReLU(0.2),
            nn.ELU(0.7),
            nn.GELU(),
            nn.GELU("tanh"),
            nn.SiLU(),
            nn.Sigmoid(),
            nn.Tanh(),
            nn.Softplus(),
            nn.Softplus(2.0, 1.5),
            nn.Softmax(-1),
            nn.Softmax(0),
            nn.LogSoftmax(-1),
            nn.SELU(),
            nn.CELU(0.5),
            nn.Mish(),
            nn.Hardswish(),
            nn.Hardsigmoid(),
            nn.Hardtanh(-0.5, 0.7),
            nn.ReLU6(),
            nn.LogSigmoid(),
            nn.Softsign(),
            nn.Tanhshrink(),
            nn.Softshrink(),
            nn.Hardshrink(),
            nn.Threshold(0.1, -3.0),
            nn.PReLU(3),
            nn.Identity(),
        ]
    )
}

LAYERS = {
    "Linear": (nn.Linear(4, 3), ROWS),
    "Linear without bias": (nn.Linear(4, 3, bias=False), ROWS),
    "Linear of one row": (nn.Linear(4, 3), floats(4)),
    "Linear of a cube": (nn.Linear(4, 3), floats(2, 3, 4)),
    "Bilinear": (nn.Bilinear(3, 4, 2), floats(2, 3), floats(2, 4)),
    "BatchNorm1d": (nn.BatchNorm1d(4), ROWS),
    "BatchNorm1d of series": (nn.BatchNorm1d(4, momentum=0.3), SERIES),
    "BatchNorm2d": (nn.BatchNorm2d(4, eps=1e-3), IMAGE),
    "BatchNorm without parameters": (nn.BatchNorm1d(4, affine=False), ROWS),
    "BatchNorm without statistics": (nn.BatchNorm1d(4, track_running_stats=False), ROWS),
    "LayerNorm": (nn.LayerNorm(4), ROWS),
    "LayerNorm of two axes": (nn.LayerNorm((6, 5)), IMAGE),
    "LayerNorm without parameters": (nn.LayerNorm(4, elementwise_affine=False), ROWS),
    "RMSNorm": (nn.RMSNorm(4), ROWS),
    "GroupNorm": (nn.GroupNorm(2, 4), IMAGE),
    "InstanceNorm2d": (nn.InstanceNorm2d(4, affine=True), IMAGE),
    "InstanceNorm1d with statistics": (nn.InstanceNorm1d(4, track_running_stats=True), SERIES),
    "Embedding": (nn.Embedding(5, 3), whole(2, 4, below=5)),
    "Embedding with padding": (nn.Embedding(5, 3, padding_idx=1), whole(2, 4, below=5)),
    "Conv1d": (nn.Conv1d(4, 3, 3, stride=2, padding=1), SERIES),
    "Conv1d, dilated, in groups": (nn.Conv1d(4, 6, 2, dilation=3, groups=2), SERIES),
    "Conv1d, same": (nn.Conv1d(4, 2, 4, padding="same", dilation=2), SERIES),
    "Conv1d, reflected": (nn.Conv1d(4, 2, 3, padding=2, padding_mode="reflect"), SERIES),
    "Conv1d of one": (nn.Conv1d(4, 2, 3), floats(4, 5)),
    "Conv2d": (nn.Conv2d(4, 3, 3), IMAGE),
    "Conv2d, all settings": (
        nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2),
        IMAGE,
    ),
    "Conv2d by channel": (nn.Conv2d(4, 4, 3, groups=4, bias=False), IMAGE),
    "Conv2d, circular": (nn.Conv2d(4, 2, 3, padding=1, padding_mode="circular"), IMAGE),
    "Conv3d": (nn.Conv3d(2, 2, 2), floats(1, 2, 3, 3, 2)),
    "ConvTranspose1d": (nn.ConvTranspose1d(4, 3, 3, stride=2, padding=1), SERIES),
    "ConvTranspose2d, all settings": (
        nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2, dilation=2),
        floats(2, 4, 3, 2),
    ),
    "MaxPool1d": (nn.MaxPool1d(3, 2), SERIES),
    "MaxPool2d": (nn.MaxPool2d(2), IMAGE),
    "MaxPool2d, all settings": (nn.MaxPool2d(3, 2, 1, dilation=(1, 2), ceil_mode=True), IMAGE),
    "AvgPool1d": (nn.AvgPool1d(3, 2, 1), SERIES),
    "AvgPool2d": (nn.AvgPool2d(2), IMAGE),
    "AvgPool2d, ceil": (nn.AvgPool2d(3, 2, 1, ceil_mode=True), IMAGE),
    "AvgPool2d, only entries": (
        nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False),
        IMAGE,
    ),
    "AvgPool2d, divisor": (nn.AvgPool2d(2, divisor_override=3), IMAGE),
    "AdaptiveAvgPool1d": (nn.AdaptiveAvgPool1d(3), SERIES),
    "AdaptiveAvgPool2d to one": (nn.AdaptiveAvgPool2d(1), IMAGE),
    "AdaptiveAvgPool2d": (nn.AdaptiveAvgPool2d((3, 2)), IMAGE),
    "AdaptiveAvgPool2d of one axis": (nn.AdaptiveAvgPool2d((None, 1)), IMAGE),
    "AdaptiveMaxPool1d": (nn.AdaptiveMaxPool1d(3), SERIES),
    "AdaptiveMaxPool2d": (nn.AdaptiveMaxPool2d((3, 2)), IMAGE),
    "ConvTranspose3d": (
        nn.ConvTranspose3d(2, 2, 2, stride=2, output_padding=(1, 0, 1)),
        floats(1, 2, 3, 3, 2),
    ),
    "ConvTranspose1d of one": (nn.ConvTranspose1d(4, 2, 3, padding=1), floats(4, 5)),
    "Flatten": (nn.Flatten(), IMAGE),
    "Unflatten": (nn.Unflatten(1, (2, -1)), IMAGE),
    "ZeroPad2d": (nn.ZeroPad2d((1, 2, 0, 1)), IMAGE),
    "ReplicationPad1d": (nn.ReplicationPad1d(2), SERIES),
    "Upsample": (nn.Upsample(scale_factor=2), SERIES),
    "PixelShuffle": (nn.PixelShuffle(2), IMAGE),
    "GLU": (nn.GLU(), ROWS),
    "CosineSimilarity": (nn.CosineSimilarity(dim=1), ROWS, floats(3, 4, seed=1)),
    "RNN": (nn.RNN(4, 3, batch_first=True), floats(2, 3, 4)),
    "LSTM": (nn.LSTM(4, 3, num_layers=2, batch_first=True), floats(2, 3, 4)),
    "GRU": (nn.GRU(4, 3, bidirectional=True), floats(3, 2, 4)),
    "RNN of ReLU, without biases": (
        nn.RNN(4, 3, nonlinearity="relu", bias=False, bidirectional=True),
        floats(3, 2, 4),
    ),
    "LSTM with a projection": (nn.LSTM(4, 5, 2, proj_size=2, batch_first=True), floats(2, 3, 4)),
    "LSTM of one sequence": (nn.LSTM(4, 3, bidirectional=True), floats(3, 4)),
    "LSTM with initial states": (
        Of(lambda self, x, h, c: self.r(x, (h, c)), r=nn.LSTM(4, 3, batch_first=True)),
        floats(2, 3, 4),
        floats(1, 2, 3, seed=1),
        floats(1, 2, 3, seed=2),
    ),
    "GRU with an initial state": (
        Of(lambda self, x, h: self.r(x, h), r=nn.GRU(4, 3, 2)),
        floats(3, 2, 4),
        floats(2, 2, 3, seed=1),
    ),
    "MultiheadAttention": (
        Of(lambda self, x: self.attention(x, x, x)[0], attention=nn.MultiheadAttention(4, 2)),
        floats(3, 2, 4),
    ),
    "TransformerEncoderLayer": (
        nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0, batch_first=True, norm_first=True),
        floats(2, 3, 4),
    ),
    "TransformerEncoderLayer, norms after": (
        nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0, activation="gelu", batch_first=True),
        floats(2, 3, 4),
    ),
    "TransformerEncoder": (
        nn.TransformerEncoder(
            nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0, batch_first=True), 2, nn.LayerNorm(4)
        ),
        floats(2, 3, 4),
    ),
    "TransformerEncoder, causal": (
        Of(
            lambda self, x: self.encoder(
                x, mask=nn.Transformer.generate_square_subsequent_mask(3), is_causal=True
            ),
            encoder=nn.TransformerEncoder(
                nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0, batch_first=True, norm_first=True),
                2,
                enable_nested_tensor=False,
            ),
        ),
        floats(2, 3, 4),
    ),
    "MultiheadAttention with padding": (
        Of(
            lambda self, x, tokens: self.attention(x, x, x, key_padding_mask=tokens == 0)[0],
            attention=nn.MultiheadAttention(4, 2, batch_first=True),
        ),
        floats(2, 3, 4),
        whole(2, 3, below=3) + torch.tensor([[1, 0, 0], [1, 0, 0]]),
    ),
    "MultiheadAttention of a memory": (
        Of(
            lambda self, x, memory: self.attention(x, memory, memory, need_weights=False)[0],
            attention=nn.MultiheadAttention(4, 2, batch_first=True, kdim=3, vdim=3),
        ),
        floats(2, 3, 4),
        floats(2, 5, 3),
    ),
}
