"""The compiled `predict` of a model."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, final

import numpy as np

from chainrule.engine.inference.prediction_plan import plan_prediction
from chainrule.engine.inference.workspace import Shape, Workspace, remember
from chainrule.engine.interpreter import Runner
from chainrule.graph import Array, Spec
from chainrule.nn import Layer
from chainrule.nn.prediction import CHUNK, in_chunks, trace_prediction
from chainrule.nn.slot import Slot
from chainrule.ops import Tensor
from chainrule.ops.tensor import numeric
from chainrule.program.column_major import only_transposed

__all__ = ["Inference"]


@final
class Inference:
    """The compiled `predict` of a model.

    Each call takes an idle workspace or creates one, so several threads may predict at once.  A
    copy or pickle contains only the model, and starts without workspaces.
    """

    def __init__(self, model: Layer) -> None:
        self._model = model
        self._dtype: Any = None  # the model is not examined before the first call
        self._transposed: Collection[str] | None = None
        self._runners: dict[Shape, Runner] = {}
        self._idle: list[Workspace] = []

    def __reduce__(self) -> Any:
        return Inference, (self._model,)

    def predict(self, x: Any) -> Array:
        """See `Layer.predict`."""
        if type(x) is not np.ndarray or (x.dtype is not self._dtype and x.dtype.kind not in "fiub"):
            x = numeric(x.value if isinstance(x, Tensor) else x, "predict")
        try:
            workspace = self._idle.pop()
        except IndexError:
            workspace = Workspace(self._model)
            self._dtype = self._model.dtype
        program = workspace.bound.get(x.shape)
        if program is None:
            if x.ndim > 1 and len(x) > CHUNK:
                self._idle.append(workspace)
                return in_chunks(self.predict, x)
            program = workspace.bind(self._runner(x.shape, workspace.start))
        if workspace.filled is not Slot.filled:
            workspace.fill(self._column_major(x.shape))
        if program is not workspace.current:
            program.load_constants()
            workspace.current = program
        y = program.run(x)
        self._idle.append(workspace)
        return y

    def _column_major(self, shape: Shape) -> Collection[str]:
        """The parameters that are stored column-major, the same ones for all shapes of inputs."""
        if self._transposed is None:
            graph = trace_prediction(self._model, Spec(shape, self._model.dtype))
            self._transposed = only_transposed(graph, self._model.parameters())
        return self._transposed

    def _runner(self, shape: Shape, start: int) -> Runner:
        runner = self._runners.get(shape)
        if runner is None:
            runner = plan_prediction(self._model, shape, start, self._column_major(shape))
            remember(self._runners, shape, runner)
        return runner
