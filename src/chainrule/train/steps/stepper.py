"""The interface through which training runs: the `Stepper` protocol, and `make_stepper`.

The training loop chooses the rows and the learning rates; a stepper holds the numbers and makes the
steps, many in one call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from chainrule.errors import UnknownNameError
from chainrule.graph import Array
from chainrule.nn import Layer
from chainrule.train.data.batches import Rows
from chainrule.train.optimizers import Optimizer
from chainrule.train.steps.clipping import Clipping
from chainrule.train.steps.hooks import Hook
from chainrule.train.steps.reference_stepper import ReferenceStepper
from chainrule.train.steps.tracing import Loss
from chainrule.train.storage.checkpoint import Checkpoint

__all__ = ["ENGINES", "Stepper", "make_stepper"]


class Stepper(Protocol):
    """Runs training steps of one model, each in phases.

    A step computes loss and gradients (forward and backward), shows them to hooks, which may change
    them, clips them, and updates the parameters.

    Parameters, gradients and every slot of the optimizer are one flat vector each.  The model
    itself is unchanged until `store`.
    """

    @property
    def step(self) -> int:
        """The number of steps made so far."""
        ...

    @property
    def parameters(self) -> Array:
        """All parameters, one flat vector `(n,)`."""
        ...

    @property
    def gradients(self) -> Array:
        """All gradients of the last step after clipping, one flat vector `(n,)`."""
        ...

    def run(
        self,
        batches: Rows,
        learning_rate: float | Array,
        data: Mapping[str, Any] | None = None,
    ) -> Array:
        """Make one step for each batch of row numbers; returns their losses `(len(batches),)`.

        The rows are those of `data`, arrays `(N, …)` or trees of them by name; by default, of "x"
        and "y" that the stepper was made with.  Other data must have rows of the same form.  Arrays
        that were passed before are not checked or converted again, so they must not have changed.

        One array `(batches, rows)` is the fastest form.  `learning_rate` is one number, or one for
        each step.  With a `micro_batch`, no more than that many rows are computed at once: loss and
        gradients of a larger batch are the means over its parts, weighted by their rows.

        Raises TrainingError, naming the step, where the loss, a gradient or the state after the
        update is not finite.  All steps before that one have been made, and the error holds their
        losses.  Raises ShapeError or OptionError, before any step, where data do not fit the model,
        the loss, or the data before; with a `micro_batch`, there may not be more rows.
        """
        ...

    def prepare(self, rows: int) -> None:
        """Compile now what steps on this many rows need; the first one would else wait for it."""
        ...

    @property
    def output_shape(self) -> tuple[int, ...] | None:
        """The shape of the output for one row, None if the model returns several.

        One in a tree is one.
        """
        ...

    def predict(self, x: Any) -> Any:
        """The outputs for rows `x` `(n, …)` in evaluation mode, with the current parameters."""
        ...

    def loss(self, x: Any, y: Any) -> float:
        """The loss over all rows `x` with targets `y`, in evaluation mode."""
        ...

    def loss_of(self, outputs: Any, y: Any) -> float:
        """The loss of outputs that `predict` returned, with targets `y`."""
        ...

    def gradient_norms(self) -> dict[str, float]:
        """‖∂L/∂θ‖₂ for each layer with parameters, first to last, in the last step of the last run.

        Before clipping; empty if that run made no step or failed.
        """
        ...

    def state(self) -> Checkpoint:
        """Copies of all that is needed to continue bit for bit; the caller sets the epoch."""
        ...

    def load_state(self, state: Checkpoint) -> None:
        """Continue from `state`.  Raises RunError where its names or shapes differ."""
        ...

    def store(self) -> None:
        """Copy the current parameters and buffers into the model."""
        ...

    def follow(self) -> None:
        """Let the model have the current parameters and buffers, copied only if they are read.

        It is to be called again after steps: what has been read stays as it is.
        """
        ...


def _compiled(*args: Any, **options: Any) -> Stepper:
    from chainrule.train.steps.compiled import CompiledStepper  # loads the compiler

    return CompiledStepper(*args, **options)


ENGINES: dict[str, Callable[..., Stepper]] = {
    "compiled": _compiled,
    "reference": ReferenceStepper,
}
"""Every kind of stepper, called as `make_stepper` without `engine` and with its data by name."""


def make_stepper(
    model: Layer,
    loss: Loss,
    optimizer: Optimizer,
    x: Any,
    y: Any,
    *,
    clipping: Clipping | None = None,
    micro_batch: int | None = None,
    hooks: Sequence[Hook] = (),
    engine: str = "reference",
) -> Stepper:
    """A stepper that trains `model` on rows `x` `(N, …)` with targets `y` `(N, …)`.

    Each is one array or a tree of arrays, as model and loss take it.  Inputs and floating targets
    are cast to the model's dtype; labels stay integers, and so do integers in a tree and those of a
    model that takes integers.  `hooks` see the gradients between the backward pass and clipping.

    Raises ShapeError or OptionError where model, loss and data do not fit together, and
    UnknownNameError for an unknown engine.

    >>> import numpy as np
    >>> from chainrule.nn import Linear
    >>> from chainrule.ops.losses import mse
    >>> from chainrule.train.optimizers import SGD
    >>> x = np.array([[1.0], [2.0]])
    >>> stepper = make_stepper(Linear.of([[0.0]]), mse, SGD(), x, 3 * x)
    >>> losses = stepper.run([np.arange(2)] * 100, learning_rate=0.1)
    >>> losses[0], stepper.parameters.round(6)
    (np.float64(22.5), array([3.]))
    """
    if engine not in ENGINES:
        raise UnknownNameError("engine", engine, ENGINES)
    return ENGINES[engine](
        model,
        loss,
        optimizer,
        {"x": x, "y": y},
        clipping=clipping,
        micro_batch=micro_batch,
        hooks=hooks,
    )
