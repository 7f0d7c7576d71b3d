"""PyTorch modules of every kind, with inputs: the cases of the contract test."""

from __future__ import annotations

from interop.functions import FUNCTIONS
from interop.inputs import Of, floats
from interop.layers import ACTIVATIONS, LAYERS
from interop.losses import LOSSES
from interop.networks import NETWORKS

ROUNDED = {"Hardsigmoid 17": 1e-7}
"""Relative tolerances: PyTorch's gradient of this one has 1/6 in single precision."""

MODULES = {
    **{name: (module, floats(4, 3)) for name, module in ACTIVATIONS.items()},
    **LAYERS,
    **{name: (Of(function), *inputs) for name, (function, *inputs) in FUNCTIONS.items()},
    **{f"loss: {name}": (Of(function), *inputs) for name, (function, *inputs) in LOSSES.items()},
    **NETWORKS,
}
