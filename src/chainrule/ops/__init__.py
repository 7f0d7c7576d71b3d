"""The operations on tensors: primitives, each with all its rules in one block, and composites."""

from chainrule.ops import elementwise, linalg, random, reductions, windows
from chainrule.ops import movement as movement  # registers functions of NumPy
from chainrule.ops import numbers as numbers
from chainrule.ops import order as order
from chainrule.ops import signals as signals
from chainrule.ops import statistics as statistics
from chainrule.ops.attention import attention, attention_weights
from chainrule.ops.define import inline, replay
from chainrule.ops.elementwise import *
from chainrule.ops.indexing import one_hot
from chainrule.ops.linalg import *
from chainrule.ops.losses import binary_cross_entropy, cross_entropy, half_squared_error, huber, mse
from chainrule.ops.own_primitives import primitive
from chainrule.ops.random import *
from chainrule.ops.reductions import *
from chainrule.ops.shapes import (
    astype,
    broadcast_to,
    concatenate,
    expand_dims,
    ones_like,
    pad,
    reshape,
    squeeze,
    stack,
    stop_gradient,
    swapaxes,
    transpose,
    zeros_like,
)
from chainrule.ops.tensor import Tensor, spec, trace, variable, variables
from chainrule.ops.windows import *

__all__ = ["Tensor", "inline", "replay", "spec", "trace", "variable", "variables"]
__all__ += ["attention", "attention_weights"]
__all__ += ["binary_cross_entropy", "cross_entropy", "half_squared_error", "huber", "mse"]
__all__ += [
    "astype",
    "broadcast_to",
    "concatenate",
    "expand_dims",
    "one_hot",
    "ones_like",
    "pad",
    "primitive",
]
__all__ += ["reshape", "squeeze", "stack", "stop_gradient", "swapaxes", "transpose", "zeros_like"]
__all__ += elementwise.__all__
__all__ += linalg.__all__
__all__ += random.__all__
__all__ += reductions.__all__
__all__ += windows.__all__
