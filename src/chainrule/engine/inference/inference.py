"""The compiled `predict` of a model."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, final

import numpy as np

from chainrule.engine.inference.bound_program import BoundProgram
from chainrule.engine.inference.prediction_plan import (
    PredictionPlan,
    Shape,
    TreeShape,
    plan_prediction,
    trace,
)
from chainrule.engine.inference.workspace import Workspace, remember
from chainrule.graph import Array, Spec
from chainrule.nn import Layer
from chainrule.nn.accepted import dtype_in_tree
from chainrule.nn.prediction import CHUNK, in_chunks
from chainrule.nn.slot import Slot
from chainrule.nn.trees import flatten_inputs, is_tree, rebuild
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
        self._plans: dict[Shape, PredictionPlan] = {}
        self._idle: list[Workspace] = []

    def __reduce__(self) -> Any:
        return Inference, (self._model,)

    def predict(self, x: Any) -> Any:
        """See `Layer.predict`."""
        if type(x) is not np.ndarray or (x.dtype is not self._dtype and x.dtype.kind not in "fiub"):
            if is_tree(x):
                return self._predict_tree(x)
            x = _array(x)
        try:
            workspace = self._idle.pop()
        except IndexError:
            workspace = self._new_workspace()
        program = workspace.bound.get(x.shape)
        if program is None:
            if x.ndim > 1 and len(x) > CHUNK:
                self._idle.append(workspace)
                return in_chunks(self.predict, x)
            self._model.recognise_integers(x)
            program = self._bind(workspace, x.shape)
        if workspace.filled is not Slot.filled:
            workspace.fill(self._column_major(x.shape))
        if program is not workspace.current:
            program.load_constants()
            workspace.current = program
        y = program.run(x)
        self._idle.append(workspace)
        return y

    def _predict_tree(self, x: Any) -> Any:
        """The outputs for several inputs, in a tree."""
        leaves, structure = flatten_inputs(x)
        arrays = [_array(leaf) for leaf in leaves]
        rows = {len(array) if array.ndim > 1 else 0 for array in arrays}
        if len(rows) == 1 and max(rows) > CHUNK:
            return in_chunks(self.predict, rebuild(structure, arrays))
        own = self._model.dtype
        specs = (Spec(array.shape, dtype_in_tree(array.dtype, own)) for array in arrays)
        shape = TreeShape(structure, tuple(specs))
        workspace = self._idle.pop() if self._idle else self._new_workspace()
        program = workspace.bound.get(shape) or self._bind(workspace, shape)
        workspace.fill(self._column_major(shape))
        program.load_constants()
        workspace.current = program
        y = program.run_tree(arrays)
        self._idle.append(workspace)
        return y

    def _new_workspace(self) -> Workspace:
        workspace = Workspace(self._model)
        self._dtype = self._model.dtype
        return workspace

    def _bind(self, workspace: Workspace, shape: Shape) -> BoundProgram:
        return workspace.bind(shape, self._planned(shape, workspace.start))

    def _column_major(self, shape: Shape) -> Collection[str]:
        """The parameters that are stored column-major, the same ones for all shapes of inputs."""
        if self._transposed is None:
            graph = trace(self._model, shape).graph
            self._transposed = only_transposed(graph, self._model.parameters())
        return self._transposed

    def _planned(self, shape: Shape, start: int) -> PredictionPlan:
        planned = self._plans.get(shape)
        if planned is None:
            planned = plan_prediction(self._model, shape, start, self._column_major(shape))
            remember(self._plans, shape, planned)
        return planned


def _array(x: Any) -> Array:
    return numeric(x.value if isinstance(x, Tensor) else x, "predict")
