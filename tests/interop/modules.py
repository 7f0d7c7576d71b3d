"""PyTorch modules of every kind, with inputs: data for the contract test."""

from __future__ import annotations

from interop.drawing import Of, floats
from interop.functions import FUNCTIONS
from interop.layers import ACTIVATIONS, LAYERS
from interop.losses import LOSSES
from interop.networks import NETWORKS

# PyTorch has 1/6 in single precision in the gradient of this one
ROUNDED = {"Hardsigmoid 17": 1e-7}

MODULES = {
    **{name: (module, floats(4, 3)) for name, module in ACTIVATIONS.items()},
    **LAYERS,
    **{name: (Of(function), *inputs) for name, (function, *inputs) in FUNCTIONS.items()},
    **{f"loss: {name}": (Of(function), *inputs) for name, (function, *inputs) in LOSSES.items()},
    **NETWORKS,
}
