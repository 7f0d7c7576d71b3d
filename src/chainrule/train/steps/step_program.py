"""The program of a training step on batches of one size."""

from __future__ import annotations

from typing import final

import numpy as np

from chainrule.engine import Runner
from chainrule.engine.interpreter.arena import entries
from chainrule.engine.threads import ThreadCountTuner, thread_limit
from chainrule.graph import Array
from chainrule.program import Program

__all__ = ["StepProgram"]


@final
class StepProgram:
    """A program whose last inputs are the step's number, inputs and targets; the loss comes first.

    x, y, counter, loss   where these lie in the arenas
    addresses             where those of a batch's rows belong, which are not copied then; or −1
    choice                by how many threads steps are made
    """

    def __init__(self, program: Program, size: int) -> None:
        *_, self.counter, self.x, self.y = program.inputs
        self.loss, self.size = program.outputs[0], size
        width = self.x.size // max(size, 1)
        batch = self.x.whole((size, width))
        self.runner = Runner(program, thread_limit(), often=True, batch=batch)
        self.addresses = self.runner.code.addresses
        self.choice = ThreadCountTuner(self.runner.code.ranks)

    def enter(self, floats: Array, integers: Array, x: Array, y: Array, number: int) -> None:
        """Put a batch and the number of the step in place."""
        values = (x, y, np.asarray(number))
        for buffer, value in zip((self.x, self.y, self.counter), values, strict=True):
            entries(buffer, floats, integers)[:] = value.reshape(-1)
        if self.addresses >= 0:
            rows = entries(self.x, floats, integers).reshape(self.size, -1)
            there = rows.ctypes.data + rows.strides[0] * np.arange(self.size)
            integers[self.addresses : self.addresses + self.size] = there
