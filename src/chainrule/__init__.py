"""Record a computation once; read its value, its gradient and the explanation from that record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import chainrule._interrupts  # noqa: F401  (before anything that takes long)
from chainrule.autodiff import (
    Gradients,
    check_grad,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    scan,
    value_and_grad,
    vjp,
)
from chainrule.errors import ChainruleError
from chainrule.explain import (
    Explanation,
    Flow,
    explain,
    flow,
)
from chainrule.graph import Graph, Spec
from chainrule.interop import from_torch, to_torch
from chainrule.ops import (
    SlogDet,
    Tensor,
    abs,
    adaptive_avg_pool,
    add,
    astype,
    avg_pool,
    binary_cross_entropy,
    broadcast_to,
    clip,
    concatenate,
    convolution,
    cos,
    cross_entropy,
    cumsum,
    div,
    dot,
    elu,
    equal,
    erf,
    exp,
    expand_dims,
    expm1,
    fold,
    gelu,
    greater,
    greater_equal,
    half_squared_error,
    huber,
    inline,
    inv,
    leaky_relu,
    less,
    less_equal,
    log,
    log1p,
    log_loss,
    log_softmax,
    logsumexp,
    matmul,
    max,
    max_pool,
    maximum,
    mean,
    min,
    minimum,
    mse,
    mul,
    neg,
    normal_cdf,
    not_equal,
    one_hot,
    ones_like,
    outer,
    pad,
    power,
    prod,
    reciprocal,
    relu,
    replay,
    reshape,
    sigmoid,
    sign,
    silu,
    sin,
    slogdet,
    softmax,
    softplus,
    spec,
    sqrt,
    square,
    squeeze,
    stack,
    standardize,
    std,
    step,
    stop_gradient,
    sub,
    sum,
    sum_to,
    swapaxes,
    tanh,
    trace,
    transpose,
    unfold,
    uniform,
    var,
    variable,
    variables,
    where,
    zeros_like,
)
from chainrule.ops.registry import FUNCTIONS as _FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from chainrule import nn
    from chainrule.train import optimizers
    from chainrule.train.loop.callbacks import Callback
    from chainrule.train.loop.fit import fit
    from chainrule.train.runs.load_run import load_run
    from chainrule.train.steps.hooks import Hook

__version__ = "0.1.0"

__all__ = [
    "Callback",
    "ChainruleError",
    "Explanation",
    "Flow",
    "Gradients",
    "Graph",
    "Hook",
    "SlogDet",
    "Spec",
    "Tensor",
    "abs",
    "adaptive_avg_pool",
    "add",
    "astype",
    "avg_pool",
    "binary_cross_entropy",
    "broadcast_to",
    "check_grad",
    "clip",
    "concatenate",
    "convolution",
    "cos",
    "cross_entropy",
    "cumsum",
    "div",
    "dot",
    "elu",
    "equal",
    "erf",
    "exp",
    "expand_dims",
    "explain",
    "expm1",
    "fit",
    "flow",
    "fold",
    "from_torch",
    "gelu",
    "grad",
    "greater",
    "greater_equal",
    "half_squared_error",
    "hessian",
    "huber",
    "hvp",
    "inline",
    "inv",
    "jacobian",
    "jvp",
    "leaky_relu",
    "less",
    "less_equal",
    "load_run",
    "log",
    "log1p",
    "log_loss",
    "log_softmax",
    "logsumexp",
    "matmul",
    "max",
    "max_pool",
    "maximum",
    "mean",
    "min",
    "minimum",
    "mse",
    "mul",
    "neg",
    "nn",
    "normal_cdf",
    "not_equal",
    "one_hot",
    "ones_like",
    "optimizers",
    "outer",
    "pad",
    "power",
    "prod",
    "reciprocal",
    "relu",
    "replay",
    "reshape",
    "scan",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "slogdet",
    "softmax",
    "softplus",
    "spec",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "standardize",
    "std",
    "step",
    "stop_gradient",
    "sub",
    "sum",
    "sum_to",
    "swapaxes",
    "tanh",
    "to_torch",
    "trace",
    "transpose",
    "unfold",
    "uniform",
    "value_and_grad",
    "var",
    "variable",
    "variables",
    "vjp",
    "where",
    "zeros_like",
]


_OF_TRAINING = {
    "Callback": "loop.callbacks",
    "Hook": "steps.hooks",
    "fit": "loop.fit",
    "load_run": "runs.load_run",
}


def __getattr__(name: str) -> Any:
    """Import networks and training when they are first used, since expressions need neither."""
    import importlib

    if name in ("nn", "optimizers"):
        return importlib.import_module(f"chainrule.{'train.' * (name != 'nn')}{name}")
    if name in _OF_TRAINING:
        return getattr(importlib.import_module(f"chainrule.train.{_OF_TRAINING[name]}"), name)
    raise AttributeError(f"module 'chainrule' has no attribute {name!r}")


def _inference(model: nn.Layer) -> Callable[[Any], Any]:
    """Return the compiled `predict` of a model; the engine is imported with the first one."""
    from chainrule.engine.inference import Inference

    return Inference(model).predict


_FUNCTIONS["inference"] = _inference


def __dir__() -> list[str]:
    return __all__
