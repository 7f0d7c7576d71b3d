"""chainrule itself: its compiled engine."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, final

import numpy as np

from chainrule.bench.contestants.contestant import Array, Contestant
from chainrule.bench.contestants.models.chainrule_models import make_model
from chainrule.bench.workloads import ADAM, Workload
from chainrule.ops.losses import LOSSES
from chainrule.train.optimizers import Adam
from chainrule.train.steps.stepper import Stepper, make_stepper
from chainrule.train.storage.checkpoint import Checkpoint

__all__ = ["Chainrule"]


@final
class Chainrule(Contestant):
    """Trains with a stepper on the compiled engine, as `fit` does."""

    name: ClassVar[str] = "chainrule"

    def __init__(self, workload: Workload, threads: int) -> None:
        super().__init__(workload, threads)
        self._x, self._y = workload.data()
        self._stepper: Stepper | None = None

    def reset(self) -> None:
        if self._stepper is not None:
            self._stepper.load_state(self._initial(self._stepper.state()))
            return
        network = self.workload.network
        model = make_model(network.to_dict())
        names = [name for name, slot in model.slots() if slot.trained]  # draws no weights
        arrays = list(self.parameters.values())
        for array in arrays:
            array.flags.writeable = False  # so the model stores them without a copy
        model.load(dict(zip(names, arrays, strict=True)), partial=True)
        optimizer = Adam(self.workload.learning_rate, **ADAM)
        self._model = model
        self._stepper = make_stepper(
            model, LOSSES[network.loss], optimizer, self._x, self._y, engine="compiled"
        )

    def _initial(self, state: Checkpoint) -> Checkpoint:
        """The initial state, from the model, which keeps its initial weights during training."""
        return dataclasses.replace(
            state,
            parameters={name: t.value for name, t in self._model.parameters().items()},
            buffers={name: t.value for name, t in self._model.buffers().items()},
            slots={name: np.zeros_like(slot) for name, slot in state.slots.items()},
            step=0,
        )

    def batches(self, order: Array) -> Array:
        return order

    def run(self, batches: Array) -> Array:
        assert self._stepper is not None
        return self._stepper.run(batches, self.workload.learning_rate)

    def trained(self) -> dict[str, Array]:
        """The current parameters and buffers by the model's names for them."""
        assert self._stepper is not None
        state = self._stepper.state()
        return {**state.parameters, **state.buffers}

    def losses(self, found: Array) -> Array:
        return found

    def inputs(self, x: Array) -> Array:
        return x

    def infer(self, x: Array) -> Any:
        return self._model.predict(x)

    def outputs(self, found: Any) -> Array:
        return found
