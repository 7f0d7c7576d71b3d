"""Record a computation once; read its value, its gradient and the explanation from that record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import chainrule._interrupts  # noqa: F401  (before anything that takes long)

# isort: split
# NumPy is imported here, not from deep inside our own imports.  CPython keeps the frames of calls
# in blocks of 16 KiB; from deep inside, NumPy's import works across the edge of a block, which is
# then allocated and freed again at nearly every call: some milliseconds in all.
import numpy  # noqa: F401

# isort: split
from chainrule import ops
from chainrule.autodiff import (
    Gradients,
    check_grad,
    elementwise_grad,
    grad,
    hessian,
    holomorphic_grad,
    hvp,
    jacobian,
    jvp,
    make_ggnvp,
    make_hvp,
    make_jvp,
    make_vjp,
    scan,
    value_and_grad,
    vjp,
)
from chainrule.errors import ChainruleError, LostGradientWarning
from chainrule.explain import (
    Explanation,
    Flow,
    explain,
    flow,
)
from chainrule.graph import Graph, Spec
from chainrule.interop import from_torch, to_torch
from chainrule.ops import *
from chainrule.ops.registry import FUNCTIONS as _FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from chainrule import nn
    from chainrule.domains.series.forecast import forecast
    from chainrule.domains.text.generate import generate
    from chainrule.train import optimizers
    from chainrule.train.loop.callbacks import Callback
    from chainrule.train.loop.fit import fit
    from chainrule.train.runs.load_run import load_run
    from chainrule.train.steps.hooks import Hook

__version__ = "0.1.0"

__all__: list[str] = [
    "Callback",
    "ChainruleError",
    "Explanation",
    "Flow",
    "Gradients",
    "Graph",
    "Hook",
    "LostGradientWarning",
    "Spec",
    "check_grad",
    "elementwise_grad",
    "explain",
    "fit",
    "flow",
    "forecast",
    "from_torch",
    "generate",
    "grad",
    "hessian",
    "holomorphic_grad",
    "hvp",
    "jacobian",
    "jvp",
    "load_run",
    "make_ggnvp",
    "make_hvp",
    "make_jvp",
    "make_vjp",
    "nn",
    "optimizers",
    "scan",
    "to_torch",
    "value_and_grad",
    "vjp",
]
__all__ += ops.__all__


_OF_TRAINING = {
    "Callback": "train.loop.callbacks",
    "Hook": "train.steps.hooks",
    "fit": "train.loop.fit",
    "forecast": "domains.series.forecast",
    "generate": "domains.text.generate",
    "load_run": "train.runs.load_run",
}


def __getattr__(name: str) -> Any:
    """Import networks and training when they are first used, since expressions need neither."""
    import importlib

    if name in ("nn", "optimizers"):
        return importlib.import_module(f"chainrule.{'train.' * (name != 'nn')}{name}")
    if name in _OF_TRAINING:
        return getattr(importlib.import_module(f"chainrule.{_OF_TRAINING[name]}"), name)
    raise AttributeError(f"module 'chainrule' has no attribute {name!r}")


def _inference(model: nn.Layer) -> Callable[[Any], Any]:
    """Return the compiled `predict` of a model; the engine is imported with the first one."""
    from chainrule.engine.inference import Inference

    return Inference(model).predict


_FUNCTIONS["inference"] = _inference


def _array_namespace(version: str | None) -> Any:
    """Return the names of the array API standard; they are imported when first asked for."""
    from chainrule import array_api
    from chainrule.array_api.info import check_version

    check_version(version)
    return array_api


_FUNCTIONS["array_namespace"] = _array_namespace


def __dir__() -> list[str]:
    return __all__
