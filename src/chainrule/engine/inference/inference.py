"""Inference: what `model.predict` calls."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, final

import numpy as np

from chainrule.engine.inference.evaluation import Evaluation, plan_prediction
from chainrule.engine.interpreter.arena import zeros
from chainrule.engine.interpreter.runner import Runner
from chainrule.graph import Array, Spec
from chainrule.nn import Layer
from chainrule.nn.prediction import CHUNK, in_chunks, trace_prediction
from chainrule.nn.slot import Slot
from chainrule.ops import Tensor
from chainrule.ops.tensor import numeric
from chainrule.program.column_major import only_transposed
from chainrule.program.memory import aligned

__all__ = ["Inference"]

KEPT = 64
"""Shapes whose programs are kept; the one planned first is the first to go."""

Shape = tuple[int, ...]


@final
class Inference:
    """The compiled `predict` of a model.

    A call takes an idle workspace, or makes one, so that threads do not barrier in it.  Copies and
    pickles of it begin anew.
    """

    def __init__(self, model: Layer) -> None:
        self._model = model
        self._dtype: Any = None  # the model is not looked at before the first call
        self._transposed: Collection[str] | None = None
        self._runners: dict[Shape, Runner] = {}
        self._idle: list[_Workspace] = []

    def __reduce__(self) -> Any:
        return Inference, (self._model,)

    def predict(self, x: Any) -> Array:
        """See `Layer.predict`."""
        if type(x) is not np.ndarray or (x.dtype is not self._dtype and x.dtype.kind not in "fiub"):
            x = numeric(x.value if isinstance(x, Tensor) else x, "predict")
        try:
            workspace = self._idle.pop()
        except IndexError:
            workspace = _Workspace(self._model)
            self._dtype = self._model.dtype
        evaluation = workspace.evaluations.get(x.shape)
        if evaluation is None:
            if x.ndim > 1 and len(x) > CHUNK:
                self._idle.append(workspace)
                return in_chunks(self.predict, x)
            evaluation = workspace.bind(self._runner(x.shape, workspace.start))
        if workspace.filled is not Slot.filled:
            workspace.fill(self._by_columns(x.shape))
        if evaluation is not workspace.current:
            evaluation.prepare()
            workspace.current = evaluation
        y = evaluation.run(x)
        self._idle.append(workspace)
        return y

    def _by_columns(self, shape: Shape) -> Collection[str]:
        """The parameters that lie by columns, whatever the shape of the inputs."""
        if self._transposed is None:
            graph = trace_prediction(self._model, Spec(shape, self._model.dtype))
            self._transposed = only_transposed(graph, self._model.parameters())
        return self._transposed

    def _runner(self, shape: Shape, start: int) -> Runner:
        runner = self._runners.get(shape)
        if runner is None:
            runner = plan_prediction(self._model, shape, start, self._by_columns(shape))
            _keep(self._runners, shape, runner)
        return runner


class _Workspace:
    """An arena that begins with the model's parameters and buffers, and evaluations in it.

    filled    the state of all slots that the arena holds
    current   the evaluation whose constants are in place
    """

    def __init__(self, model: Layer) -> None:
        self._model = model
        kept = [*model.parameters().values(), *model.buffers().values()]
        self.start = aligned(sum(tensor.size for tensor in kept))
        self._floats, self._integers = zeros(self.start, model.dtype), np.zeros(1, np.int64)
        self._held: list[Tensor] = []
        self.evaluations: dict[Shape, Evaluation] = {}
        self.current: Evaluation | None = None
        self.filled: object = None

    def fill(self, transposed: Collection[str]) -> None:
        """Copy the parameters and buffers as they are now."""
        state = Slot.filled  # first: what is filled meanwhile is seen the next time
        named = {**self._model.parameters(), **self._model.buffers()}
        kept = list(named.values())
        if any(a is not b for a, b in zip(kept, self._held or [None] * len(kept), strict=True)):
            at = 0
            for name, tensor in named.items():
                value = tensor.value.T if name in transposed else tensor.value
                self._floats[at : at + tensor.size] = value.reshape(-1)
                at += tensor.size
        self._held, self.filled = kept, state

    def bind(self, runner: Runner) -> Evaluation:
        """The program in this arena, which grows where it must."""
        floats, integers = runner.code.floats, runner.program.ints
        if floats > len(self._floats) or integers > len(self._integers):
            grown = zeros(max(floats, len(self._floats)), self._floats.dtype)
            grown[: self.start] = self._floats[: self.start]
            self._floats = grown
            self._integers = np.zeros(max(integers, len(self._integers)), np.int64)
            self.evaluations.clear()
        evaluation = Evaluation(runner, self._floats, self._integers)
        _keep(self.evaluations, runner.program.graph.inputs[-1].spec.shape, evaluation)
        return evaluation


def _keep(cache: dict[Shape, Any], shape: Shape, value: Any) -> None:
    for oldest in list(cache)[: max(0, len(cache) - KEPT + 1)]:
        cache.pop(oldest, None)  # another thread may have done it
    cache[shape] = value
