"""PyTorch's operations in chainrule's: one function each, by PyTorch's name and order of arguments.

Nothing here imports PyTorch.  Importing a family fills the table.
"""

from chainrule.interop.torch.operations import (
    activations,
    arithmetic,
    layers,
    linear,
    losses,
    make,
    reduce,
    shapes,
)
from chainrule.interop.torch.operations.table import OPERATIONS, Operation

__all__ = [
    "OPERATIONS",
    "Operation",
    "activations",
    "arithmetic",
    "layers",
    "linear",
    "losses",
    "make",
    "reduce",
    "shapes",
]
