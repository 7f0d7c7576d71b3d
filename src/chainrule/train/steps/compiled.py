"""The compiled stepper: training steps as a program, run by the engine."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from typing import final

import numpy as np

from chainrule.engine import Runner
from chainrule.engine.inference import BoundProgram, plan_prediction
from chainrule.engine.interpreter.arena import zeros
from chainrule.engine.interpreter.precompile import execute_address, precompile
from chainrule.engine.interpreter.training_loop import STEP_FIELDS, train
from chainrule.engine.kernels import KERNELS
from chainrule.engine.kernels.optimizer_updates import SETTINGS, update
from chainrule.engine.kernels.reductions import absolute_sum
from chainrule.engine.threads import run_parallel
from chainrule.errors import ShapeError, TrainingError
from chainrule.graph import Array, Graph, Spec
from chainrule.nn import Layer
from chainrule.program import Program, plan
from chainrule.program.column_major import only_transposed
from chainrule.program.memory import aligned
from chainrule.program.view import kind_of
from chainrule.train.data.batches import Rows
from chainrule.train.optimizers import SGD, Optimizer
from chainrule.train.steps.clipping import Clipping
from chainrule.train.steps.flat import FlatStepper, finite
from chainrule.train.steps.step_program import StepProgram
from chainrule.train.steps.tracing import Loss, TrainingGraph, trace_training
from chainrule.train.steps.update_kernels import kernel_of, settings_of

__all__ = ["CompiledStepper"]


@final
class CompiledStepper(FlatStepper):
    """A `Stepper` that lowers the training graph to a program and runs whole chunks of steps of it.

    One arena holds it all: parameters, buffers, gradients, new buffers and slots at places that
    every program shares, and behind them what each program needs.  The machine stops before a step
    that is not finite, or whose update might not be; that step is then made by itself, on copies,
    and what was before it is what stands if it fails.
    """

    def __init__(
        self,
        model: Layer,
        loss: Loss,
        optimizer: Optimizer,
        x: Array,
        y: Array,
        *,
        clipping: Clipping | None = None,
        micro_batch: int | None = None,
    ) -> None:
        self._kernel = kernel_of(optimizer)
        super().__init__(model, loss, optimizer, x, y, clipping=clipping, micro_batch=micro_batch)
        self._steps: dict[int, StepProgram] = {}
        self._predictions: dict[tuple[int, ...], Runner] = {}
        self._settings = settings_of(optimizer, self._clipping)
        self._eps = float(getattr(optimizer, "eps", 0.0))
        rows = len(self._x)
        self._rows = np.ascontiguousarray(self._x).reshape(rows, -1)
        targets, none = np.ascontiguousarray(self._y).reshape(rows, -1), np.zeros((1, 1))
        whole = kind_of(self._y.dtype) == "int"
        self._targets_float = (none if whole else targets).astype(self._dtype, copy=False)
        self._labels = (targets if whole else none).astype(np.int64, copy=False)

    def _run(self, batches: Rows, rates: Array, losses: Array) -> None:
        first = 0
        for order in _alike(batches):
            part = slice(first, first + len(order))
            self._run_chunk(self._order(order), rates[part], losses[part])
            first += len(order)

    def prepare(self) -> None:
        """See `Stepper.prepare`."""
        precompile(self._dtype)

    # the arena

    def _transposed(self, names: Iterable[str]) -> Collection[str]:
        x, y = (Spec(a.shape, a.dtype) for a in (self._x, self._y))
        return only_transposed(trace_training(self._model, self._loss, x, y).graph, names)

    def _allocate(self) -> None:
        slots = self._optimizer.init(1, self._dtype)  # all entries of a slot begin alike
        n, b = self._layout.size, self._buffer_layout.size
        self._slot_names = list(slots)
        at = {"parameter": 0, "buffer": n}
        at["gradient"] = aligned(n + b)
        at["update"] = aligned(at["gradient"] + n)
        at["slot"] = aligned(at["update"] + b)
        end = aligned(at["slot"] + n * len(slots))
        parts = self._micro_batch is not None
        at["mean"], at["before"] = end, aligned(end + n * parts)
        self._at, self._start = at, aligned(at["before"] + b * parts)
        self._arena, self._integers = np.zeros(0, self._dtype), np.zeros(1, np.int64)
        self._grow(self._start, 1, spare=self._start)
        for name, (first,) in slots.items():
            if first:  # zeros are there, in memory that nobody has touched yet
                self._slots[name][:] = first

    def _grow(self, floats: int, integers: int, spare: int = 0) -> None:
        """Make the arenas at least this long; what they hold stays."""
        if floats > len(self._arena):
            arena = zeros(floats, self._dtype, spare)
            kept = min(self._start, len(self._arena))  # programs begin anew each time
            arena[:kept] = self._arena[:kept]
            self._arena = arena
        if integers > len(self._integers):
            self._integers = np.zeros(integers, np.int64)
        n, b, at = self._layout.size, self._buffer_layout.size, self._at
        self._parameters = self._arena[:n]
        self._buffers = self._arena[n : n + b]
        self._gradients = self._arena[at["gradient"] : at["gradient"] + n]
        self._slots = {
            name: self._arena[at["slot"] + i * n : at["slot"] + (i + 1) * n]
            for i, name in enumerate(self._slot_names)
        }

    def _planned(self, graph: Graph, outputs: list[tuple[str, str]]) -> Program:
        """A program for `graph`, whose inputs begin with the parameters and buffers."""
        kept = len(self._layout.shapes), len(self._layout.shapes) + len(self._buffer_layout.shapes)
        groups = {
            node: "parameter" if i < kept[0] else "buffer" if i < kept[1] else "input"
            for i, node in enumerate(graph.inputs)
        }
        transposed = [
            node
            for nodes in (graph.inputs, graph.outputs[1:])
            for name, node in zip(self._layout.shapes, nodes, strict=False)
            if name in self._layout.transposed
        ]
        shared = ("parameter", "buffer", "gradient", "update")
        return plan(
            graph,
            self._dtype,
            groups=groups,
            outputs=outputs,
            kernels=KERNELS,
            fixed={group: self._at[group] for group in shared},
            start=self._start,
            transposed=transposed,
        )

    # steps

    def _step(self, size: int) -> StepProgram:
        if size not in self._steps:
            x, y = (Spec((size, *a.shape[1:]), a.dtype) for a in (self._x, self._y))
            traced = trace_training(self._model, self._loss, x, y)
            outputs = [("loss", "output")]
            outputs += [(f"∂loss/∂{name}", "gradient") for name in self._layout.shapes]
            outputs += [(name, "update") for name in self._buffer_layout.shapes]
            step = StepProgram(self._planned(self._with_all_buffers(traced), outputs), size)
            self._grow(step.runner.code.floats, step.runner.code.ints)
            self._steps[size] = step
        return self._steps[size]

    def _with_all_buffers(self, traced: TrainingGraph) -> Graph:
        """The graph with a new value for every buffer, in order: its own where none is given."""
        inputs, names = traced.graph.inputs, self._buffer_layout.shapes
        n = len(self._layout.shapes)
        kept, new = traced.graph.outputs[: 1 + n], traced.graph.outputs[1 + n :]
        values = dict(zip(names, inputs[n : n + len(names)], strict=True))
        values.update(zip(traced.updates, new, strict=True))
        return Graph.of([*kept, *values.values()], inputs)

    def _order(self, batches: Array) -> Array:
        """Row numbers from 0 on."""
        if batches.size and batches.dtype.kind not in "iu":
            raise ShapeError("training", expected="whole row numbers", got=f"{batches.dtype}")
        order, n = batches.astype(np.int64, copy=False), len(self._x)
        low, high = order.min(initial=0), order.max(initial=0)
        if not -n <= low <= high < n:
            expected, got = f"row numbers below {n}", f"{low} to {high}"
            raise ShapeError("training", expected=expected, got=got)
        return order % n if low < 0 else order

    def _run_chunk(self, order: Array, rates: Array, losses: Array) -> None:
        """Steps on batches of one size."""
        made = 0
        while made < len(order):
            made += self._at_once(order[made:], rates[made:], losses[made:])
            if made < len(order):
                losses[made] = self._carefully(order[made], float(rates[made]))
                made += 1
        wrong = self._not_finite_after()
        if wrong is not None:  # no step came near: what it began with was as large as can be
            raise self._error(f"training step {self.step}", *wrong)

    def _at_once(self, order: Array, rates: Array, losses: Array) -> int:
        """As many steps as can be made without a look at each; how many were made."""
        parts = self._parts(order[0])
        step = self._step(len(parts[0]))
        if len(parts[-1]) < step.size or not step.runner.compiled:
            return 0
        step.runner.load_constants(self._arena, self._integers)
        code, settings = step.runner.code, self._settings.copy()
        settings[SETTINGS.index("safe_gradient_sum")] = self._tame(float(np.abs(rates).max()))
        places, totals = self._places(step, len(parts)), np.zeros(code.ranks + 1)

        def some(ranks: int, first: int, n: int) -> int:
            part = slice(first, first + n)
            rows = order[part].reshape(-1)

            def work(rank: int, ranks: int, counter: Array) -> int:
                return train(
                    execute_address(self._dtype), code.table, code.micro, code.params, self._arena,
                    self._integers, self._rows, self._targets_float, self._labels, rows, step.size,
                    places, self._kernel, settings, rates[part], self.step,
                    losses[part], rank, ranks, counter, totals,
                )  # fmt: skip

            made = run_parallel(ranks, work, ends_at_barrier=True)
            self.step += made
            return made

        return step.choice.run(len(order), some)

    def _carefully(self, rows: Array, rate: float) -> float:
        """One step with a look at it; raises where it is not finite, and is then not made."""
        parts = self._parts(rows)
        loss = self._accumulate(parts)
        tame = float(np.abs(self._gradients).sum()) <= self._tame(abs(rate))
        before = [] if tame else [part.copy() for part in self._lasting()]
        self._apply(rate, self.step + 1)
        wrong = None if tame else self._not_finite_after()
        if wrong is not None:
            for part, was in zip(self._lasting(), before, strict=True):
                part[:] = was
            raise self._broken(parts, len(parts) - 1, wrong)
        self.step += 1
        return loss

    def _tame(self, rate: float) -> float:
        """Σ|gradients| up to which no update with this rate comes near to overflow."""
        decay = float(getattr(self._optimizer, "weight_decay", 0.0))
        grows = not (rate <= 1e6 and rate * decay <= 1)  # also where the rate is no number
        if grows or (not isinstance(self._optimizer, SGD) and not self._dtype.type(self._eps)):
            return -1.0
        return float(np.sqrt(np.finfo(self._dtype).max)) / 1e4

    def _lasting(self) -> list[Array]:
        """What one step leaves to the next: parameters with buffers, and slots."""
        n, b, slots = self._layout.size, self._buffer_layout.size, self._at["slot"]
        return [self._arena[: n + b], self._arena[slots : slots + n * len(self._slots)]]

    def _one(self, step: StepProgram, rows: Array, number: int) -> float:
        """Loss and gradients of one batch."""
        self._enter(step, rows, number)
        step.runner.run(self._arena, self._integers)
        return float(self._arena[step.loss.offset])

    def _enter(self, step: StepProgram, rows: Array, number: int) -> None:
        """Put a batch and the number of the step in place."""
        targets = self._labels if step.y.kind == "int" else self._targets_float
        step.enter(self._arena, self._integers, self._rows[rows], targets[rows], number)

    def _renew_buffers(self) -> None:
        b, at = self._buffer_layout.size, self._at
        self._buffers[:] = self._arena[at["update"] : at["update"] + b]

    def _apply(self, rate: float, number: int) -> None:
        """New buffers, then the optimizer's update."""
        self._renew_buffers()
        at = self._at
        update(
            self._arena, 0, at["gradient"], at["slot"], self._layout.size,
            self._kernel, self._settings, rate, number, 0, 1,
        )  # fmt: skip

    def _accumulate(self, parts: list[Array]) -> float:
        """Loss and gradients, their means over all rows of the parts."""
        loss, before = 0.0, self._buffers.copy()
        total = np.zeros(0 if len(parts) == 1 else self._layout.size, self._dtype)
        for i, rows in enumerate(parts):
            if i:
                self._renew_buffers()
            step, share = self._step(len(rows)), len(rows) / sum(map(len, parts))
            step.runner.load_constants(self._arena, self._integers)
            value = self._one(step, rows, self._counter(i))
            wrong = self._not_finite(value)
            if wrong is not None:
                error = self._broken(parts, i, wrong)
                self._buffers[:] = before
                raise error
            if len(parts) == 1:
                return value
            loss += share * value
            total += share * self._gradients
        self._gradients[:] = total
        return loss

    def _broken(self, parts: list[Array], i: int, wrong: tuple[str, str]) -> TrainingError:
        """What to raise where part `i` of a step came to something `wrong`."""
        step = self._step(len(parts[i]))
        self._enter(step, parts[i], self._counter(i))
        made = step.runner.first_not_finite(self._arena, self._integers)
        expected, got = wrong
        if made is not None:
            got = f"{got}, first seen in {made}"
        return self._error(f"training step {self.step + 1}", expected, got)

    def _not_finite(self, loss: float) -> tuple[str, str] | None:
        """What was expected of a loss and its gradients, and what came instead."""
        if not np.isfinite(loss):
            return "a finite loss", f"{loss}"
        for name, gradient in self._layout.views(self._gradients).items():
            if not finite(gradient):
                return f"a finite gradient of {name}", f"{gradient[~np.isfinite(gradient)][0]}"
        b, at = self._buffer_layout.size, self._at["update"]
        for name, value in self._buffer_layout.views(self._arena[at : at + b]).items():
            if not finite(value):
                return f"a finite {name} after the update", f"{value[~np.isfinite(value)][0]}"
        return None

    def _not_finite_after(self) -> tuple[str, str] | None:
        n, b, slots = self._layout.size, self._buffer_layout.size, len(self._slots)
        at = self._at["slot"]
        sums = absolute_sum(self._arena, 0, n + b) + absolute_sum(self._arena, at, n * slots)
        return None if np.isfinite(sums) else super()._not_finite_after()  # it nearly always is

    def _places(self, step: StepProgram, parts: int) -> Array:
        places = {
            "x": step.x.offset,
            "y": step.y.offset,
            "counter": step.counter.offset,
            "loss": step.loss.offset,
            "parameters": 0,
            "gradients": self._at["gradient"],
            "slots": self._at["slot"],
            "parameter_count": self._layout.size,
            "float_targets": int(step.y.kind == "float"),
            "new_buffers": self._at["update"],
            "buffers": self._at["buffer"],
            "buffer_count": self._buffer_layout.size,
            "parts": parts,
            "counts_per_step": self._parts_of_all,
            "mean_gradients": self._at["mean"],
            "old_buffers": self._at["before"],
            "row_addresses": step.addresses,
            "x_rows": self._rows.ctypes.data,
            "x_row_bytes": self._rows.strides[0],
        }
        return np.array([places[name] for name in STEP_FIELDS], np.int64)

    def _forward(self, x: Array) -> Array:
        if x.shape not in self._predictions:
            runner = plan_prediction(self._model, x.shape, self._start, self._layout.transposed)
            self._predictions[x.shape] = runner
            self._grow(runner.code.floats, runner.program.ints)
        program = BoundProgram(self._predictions[x.shape], self._arena, self._integers)
        program.load_constants()
        return program.run(x)


def _alike(batches: Rows) -> Iterator[Array]:
    """Batches of one size that follow each other, as one array (batches, rows)."""
    if isinstance(batches, np.ndarray):
        if batches.ndim != 2:
            expected, got = "row numbers (batches, rows)", f"shape {batches.shape}"
            raise ShapeError("training", expected=expected, got=got)
        yield from (batches,) if len(batches) else ()
    else:
        yield from (np.array(list(group)) for _, group in groupby(batches, key=len))
