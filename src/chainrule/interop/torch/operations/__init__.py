"""PyTorch's operations, written with chainrule's: one function for each.

A function takes PyTorch's arguments in PyTorch's order and is registered under PyTorch's names.
Nothing here imports PyTorch.  Importing a file registers its functions in OPERATIONS.
"""

from chainrule.interop.torch.operations import (
    activations,
    arithmetic,
    attention,
    constants,
    dropout,
    embedding,
    linear,
    losses,
    normalisation,
    recurrent,
    reductions,
    shapes,
    windows,
)
from chainrule.interop.torch.operations.registry import OPERATIONS, Operation

__all__ = [
    "OPERATIONS",
    "Operation",
    "activations",
    "arithmetic",
    "attention",
    "constants",
    "dropout",
    "embedding",
    "linear",
    "losses",
    "normalisation",
    "recurrent",
    "reductions",
    "shapes",
    "windows",
]
