"""The engine's update kernel for an optimizer, with its settings."""

from __future__ import annotations

import dataclasses
from typing import final

import numpy as np

from chainrule.engine.kernels.optimizer_updates import METHODS, SETTINGS, update
from chainrule.errors import OptionError
from chainrule.graph import Array
from chainrule.train.optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RMSProp
from chainrule.train.steps.clipping import Clipping
from chainrule.train.steps.compiled.training_arena import TrainingArena

__all__ = ["UpdateKernel"]

_KERNELS: dict[type[Optimizer], int] = {
    kind: METHODS[kind.name] for kind in (SGD, RMSProp, Adagrad, Adam, AdamW)
}
"""By exact class: other classes may have the same name, and a subclass may change any method."""


@final
class UpdateKernel:
    """The kernel of an optimizer.

    number     which kernel the engine is to run
    settings   hyperparameters and clipping, in the order of the engine's `SETTINGS`

    Raises OptionError for an optimizer without a kernel, such as a class of the user's own.
    """

    def __init__(self, optimizer: Optimizer, clipping: Clipping) -> None:
        kind = type(optimizer)
        if kind not in _KERNELS:
            raise OptionError(
                "optimizer",
                expected=f"one of {', '.join(known.__name__ for known in _KERNELS)}, for which the "
                "compiled engine has kernels",
                got=f"{kind.__name__}, a class of your own",
                remedy='train with engine="reference", which calls its own update',
            )
        options = {
            **dataclasses.asdict(optimizer),
            "clip_value": -1.0 if clipping.value is None else clipping.value,
            "clip_norm": -1.0 if clipping.norm is None else clipping.norm,
        }
        self.number = _KERNELS[kind]
        self.settings = np.array([float(options.get(name, 0.0)) for name in SETTINGS])
        self._optimizer = optimizer

    def settings_at(self, rate: float, dtype: np.dtype) -> Array:
        """The settings for steps with learning rates up to `rate`, with the overflow bound."""
        settings = self.settings.copy()
        settings[SETTINGS.index("safe_gradient_sum")] = self.overflow_bound(rate, dtype)
        return settings

    def overflow_bound(self, rate: float, dtype: np.dtype) -> float:
        """The sum of absolute gradients up to which no update with this rate comes near overflow.

        −1 where no gradients are small enough: large rates or weight decay may let the parameters
        themselves grow, and an ε of 0 divides by 0.
        """
        eps = float(getattr(self._optimizer, "eps", 0.0))
        decay = float(getattr(self._optimizer, "weight_decay", 0.0))
        grows = not (rate <= 1e6 and rate * decay <= 1)  # true for a NaN rate too
        if grows or (not isinstance(self._optimizer, SGD) and not dtype.type(eps)):
            return -1.0
        return float(np.sqrt(np.finfo(dtype).max)) / 1e4

    def apply(self, arena: TrainingArena, rate: float, step: int) -> None:
        """Make update `step` (from 1) with the gradients in the arena, on one thread."""
        at = arena.offsets
        update(
            arena.floats, 0, at["gradient"], at["slot"], arena.layout.size,
            self.number, self.settings, rate, step, 0, 1,
        )  # fmt: skip
