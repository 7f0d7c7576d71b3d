"""The state of a stepper, also while it shows the parameters of the best epoch."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, final

from chainrule.errors import UnknownNameError
from chainrule.train.steps.stepper import Stepper
from chainrule.train.storage.checkpoint import Checkpoint

__all__ = ["StepperState"]


@final
class StepperState:
    """Parameters, buffers, slots of the optimizer and the step, as a part of the training loop.

    While the stepper shows other parameters, the state that training continues from is kept here.
    """

    def __init__(self, stepper: Stepper) -> None:
        self._stepper = stepper
        self._suspended: Checkpoint | None = None

    def current(self) -> Checkpoint:
        """Copies of the state that training continues from."""
        return self._suspended or self._stepper.state()

    def show(self, values: Mapping[str, Any]) -> None:
        """Put these parameters and buffers into the stepper until `resume`.

        Raises UnknownNameError for others, and RunError for other shapes.
        """
        state = self.current()
        for name in values:
            if name not in state.parameters and name not in state.buffers:
                raise UnknownNameError("show", name, [*state.parameters, *state.buffers])
        parameters = {name: values.get(name, old) for name, old in state.parameters.items()}
        buffers = {name: values.get(name, old) for name, old in state.buffers.items()}
        self._stepper.load_state(dataclasses.replace(state, parameters=parameters, buffers=buffers))
        self._suspended = state

    def resume(self) -> None:
        """Put the state that training continues from back into the stepper."""
        if self._suspended is not None:
            self._stepper.load_state(self._suspended)
            self._suspended = None

    def state(self) -> Mapping[str, Any]:
        """See `Stateful.state`."""
        state = self.current()
        return {
            "parameters": state.parameters,
            "buffers": state.buffers,
            "slots": state.slots,
            "step": state.step,
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """See `Stateful.load_state`; RunError where the state does not fit the stepper."""
        self._stepper.load_state(Checkpoint.of(state))
        self._suspended = None
