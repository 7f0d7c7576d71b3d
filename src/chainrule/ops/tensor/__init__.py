"""The tensor: operators, methods, NumPy's protocols, and the leaves of a record."""

from chainrule.ops.tensor import html as html  # registers how tensors are written
from chainrule.ops.tensor.tensor import (
    Axis,
    Operand,
    Tensor,
    constant,
    lift,
    numeric,
)

__all__ = [
    "Axis",
    "Operand",
    "Tensor",
    "constant",
    "lift",
    "numeric",
]
