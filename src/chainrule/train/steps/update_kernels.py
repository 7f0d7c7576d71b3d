"""What the engine's update kernel is given for an optimizer."""

from __future__ import annotations

import dataclasses

import numpy as np

from chainrule.engine.kernels.optimizer_updates import METHODS, SETTINGS
from chainrule.errors import OptionError
from chainrule.graph import Array
from chainrule.train.optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RMSProp
from chainrule.train.steps.clipping import Clipping

__all__ = ["kernel_of", "settings_of"]

_KERNELS: dict[type[Optimizer], int] = {
    kind: METHODS[kind.name] for kind in (SGD, RMSProp, Adagrad, Adam, AdamW)
}
"""By the class itself: a name can be taken by anyone, and a subclass may change any method."""


def kernel_of(optimizer: Optimizer) -> int:
    """The number of the kernel that makes its update; OptionError where there is none."""
    kind = type(optimizer)
    if kind not in _KERNELS:
        raise OptionError(
            "optimizer",
            expected=f"one of {', '.join(known.__name__ for known in _KERNELS)}, for which the "
            "compiled engine has kernels",
            got=f"{kind.__name__}, a class of your own",
            remedy='train with engine="reference", which calls its own update',
        )
    return _KERNELS[kind]


def settings_of(optimizer: Optimizer, clipping: Clipping) -> Array:
    """Hyperparameters and clipping, in the order of the kernel's settings."""
    given = {
        **dataclasses.asdict(optimizer),
        "clip_value": -1.0 if clipping.value is None else clipping.value,
        "clip_norm": -1.0 if clipping.norm is None else clipping.norm,
    }
    return np.array([float(given.get(name, 0.0)) for name in SETTINGS])
