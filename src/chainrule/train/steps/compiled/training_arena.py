"""The arena of a compiled stepper: its regions, their growth, and the programs planned over it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

import numpy as np

from chainrule.engine.interpreter.arena import Arena
from chainrule.engine.kernels.reductions import absolute_sum
from chainrule.graph import Array
from chainrule.program import Program, plan
from chainrule.program.memory import aligned
from chainrule.train.steps.flat_layout import FlatLayout
from chainrule.train.steps.flat_vectors import FlatVectors
from chainrule.train.steps.non_finite import NonFinite
from chainrule.train.steps.tracing import TrainingGraph

__all__ = ["TrainingArena"]


@final
class TrainingArena(FlatVectors):
    """The `memory` in which every program of a stepper runs, also seen as `floats`.

    It begins with regions at the same `offsets`, counted in floats, for all programs:

    parameter, buffer    the model, `(n,)` and `(b,)`
    gradient, update     what a step computes: gradients `(n,)` and new buffers `(b,)`
    slot                 the optimizer's state, `(slots · n,)`
    mean, before         with micro-batches: the gradients averaged so far, and the buffers as they
                         were before the step

    From byte `start` on, each program has its own layout; nothing there outlives a call.

    slots           the initial state of the optimizer, each vector row-major
    micro_batches   whether a step may have several parts
    """

    def __init__(
        self,
        layout: FlatLayout,
        buffer_layout: FlatLayout,
        dtype: np.dtype,
        slots: Mapping[str, Array],
        *,
        micro_batches: bool,
    ) -> None:
        super().__init__(layout, buffer_layout)
        n, b = layout.size, buffer_layout.size
        self._dtype, self._slot_names = np.dtype(dtype), list(slots)
        item = self._dtype.itemsize

        def following(numbers: int) -> int:
            return aligned(numbers * item) // item

        at = {"parameter": 0, "buffer": n}
        at["gradient"] = following(n + b)
        at["update"] = following(at["gradient"] + n)
        at["slot"] = following(at["update"] + b)
        end = following(at["slot"] + n * len(slots))
        at["mean"], at["before"] = end, following(end + n * micro_batches)
        self.offsets = at
        self.start = following(at["before"] + b * micro_batches) * item
        self._use(Arena(self.start, dtype, spare=self.start))
        row_major = FlatLayout(layout.shapes)
        for name, vector in slots.items():
            if vector.any():  # zeros are there already, in memory that has not been touched yet
                layout.fill(self.slots[name], row_major.views(vector))

    def grow(self, size: int) -> None:
        """Make the arena at least this long, in bytes; the shared regions keep their content."""
        if size > len(self.memory):
            longer = Arena(size, self._dtype, spare=0)
            longer.bytes[: self.start] = self.memory.bytes[: self.start]
            self._use(longer)

    def _use(self, memory: Arena) -> None:
        """Find the shared regions in this memory."""
        at, n, b = self.offsets, self.layout.size, self.buffer_layout.size
        self.memory, self.floats = memory, memory.floats
        self.parameters = self.floats[:n]
        self.buffers = self.floats[n : n + b]
        self.gradients = self.floats[at["gradient"] : at["gradient"] + n]
        self.new_buffers = self.floats[at["update"] : at["update"] + b]
        self.slots = {
            name: self.floats[at["slot"] + i * n : at["slot"] + (i + 1) * n]
            for i, name in enumerate(self._slot_names)
        }

    def updated_regions(self) -> list[Array]:
        """The regions that an update changes: the parameters, and all slots."""
        n, slots = self.layout.size, self.offsets["slot"]
        return [self.parameters, self.floats[slots : slots + n * len(self.slots)]]

    def accept_new_buffers(self) -> None:
        """Make the buffers that the last step computed the current ones."""
        self.buffers[:] = self.new_buffers

    def non_finite_state(self) -> NonFinite | None:
        """See `FlatVectors.non_finite_state`; usually one sum shows that everything is finite."""
        n, b = self.layout.size, self.buffer_layout.size
        state = absolute_sum(self.floats, 0, n + b)
        state += absolute_sum(self.floats, self.offsets["slot"], n * len(self.slots))
        return None if np.isfinite(state) else super().non_finite_state()

    def plan(self, step: TrainingGraph) -> Program:
        """Plan the program of a training step, whose state and results are in the shared regions.

        Column-major are the parameters that `layout` stores so, and their gradients.
        """
        groups = {
            **dict.fromkeys((step.step, *step.data.values()), "input"),
            **dict.fromkeys(step.buffers.values(), "buffer"),
            **dict.fromkeys(step.parameters.values(), "parameter"),
        }
        outputs = [
            ("loss", "output"),
            *((f"∂loss/∂{name}", "gradient") for name in step.gradients),
            *((name, "update") for name in step.new_buffers),
        ]
        shared = ("parameter", "buffer", "gradient", "update")
        return plan(
            step.graph,
            self._dtype,
            groups=groups,
            outputs=outputs,
            fixed={group: self.offsets[group] * self._dtype.itemsize for group in shared},
            start=self.start,
            transposed=[
                nodes[name]
                for nodes in (step.parameters, step.gradients)
                for name in self.layout.transposed
            ],
        )
