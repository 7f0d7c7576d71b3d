"""The tensor: its operators, methods and NumPy protocols; constants, variables and tracing."""

from chainrule.ops.tensor import html as html  # registers how tensors are shown in notebooks
from chainrule.ops.tensor.lift import ANY_NUMBERS, constant, lift, numeric, zeros
from chainrule.ops.tensor.tensor import Axis, Operand, Tensor
from chainrule.ops.tensor.trace import abstract, spec, trace
from chainrule.ops.tensor.variable import frozen, variable, variables

__all__ = ["ANY_NUMBERS", "Axis", "Operand", "Tensor", "abstract", "constant", "frozen", "lift"]
__all__ += ["numeric", "spec", "trace", "variable", "variables", "zeros"]
