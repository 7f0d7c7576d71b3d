"""Operations that act on each entry independently, with broadcasting."""

from chainrule.ops.elementwise.activations import (
    elu,
    erf,
    gelu,
    leaky_relu,
    relu,
    sigmoid,
    silu,
    softplus,
    step,
    tanh,
)
from chainrule.ops.elementwise.arithmetic import abs, add, div, mul, neg, sign, sub
from chainrule.ops.elementwise.comparison import (
    equal,
    greater,
    greater_equal,
    less,
    less_equal,
    not_equal,
    where,
)
from chainrule.ops.elementwise.exponential import exp, expm1, log, log1p
from chainrule.ops.elementwise.extremes import clip, maximum, minimum
from chainrule.ops.elementwise.powers import power, reciprocal, sqrt, square
from chainrule.ops.elementwise.stop_gradient import stop_gradient
from chainrule.ops.elementwise.trigonometric import cos, sin

__all__ = [
    "abs",
    "add",
    "clip",
    "cos",
    "div",
    "elu",
    "equal",
    "erf",
    "exp",
    "expm1",
    "gelu",
    "greater",
    "greater_equal",
    "leaky_relu",
    "less",
    "less_equal",
    "log",
    "log1p",
    "maximum",
    "minimum",
    "mul",
    "neg",
    "not_equal",
    "power",
    "reciprocal",
    "relu",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "softplus",
    "sqrt",
    "square",
    "step",
    "stop_gradient",
    "sub",
    "tanh",
    "where",
]
