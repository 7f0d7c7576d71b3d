"""`fit`: train a model on arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, final

from chainrule.errors import OptionError
from chainrule.nn import Layer
from chainrule.ops.losses import LOSSES
from chainrule.train import optimizers
from chainrule.train.data.arrays import from_arrays
from chainrule.train.data.class_weights import ClassWeights
from chainrule.train.data.dataset import Dataset
from chainrule.train.loop.callbacks import Callback, Callbacks
from chainrule.train.loop.early_stopping import EarlyStopping
from chainrule.train.loop.history import EpochRecord, History
from chainrule.train.loop.session import Session, check_epochs, loss_function
from chainrule.train.loop.training_report import Report
from chainrule.train.optimizers import Optimizer
from chainrule.train.schedules import Schedule, WarmUp
from chainrule.train.steps.clipping import Clipping
from chainrule.train.steps.hooks import Hook
from chainrule.train.steps.tracing import Loss

__all__ = ["Fit", "fit"]


@final
@dataclass(frozen=True)
class Fit:
    """The result of `fit`: the trained model, the history of its epochs, and the report."""

    model: Layer
    history: History
    report: Report


def fit(
    model: Layer,
    data: tuple[Any, Any] | Dataset,
    *,
    loss: str | Loss | None = None,
    optimizer: str | Optimizer = "adam",
    learning_rate: float | None = None,
    epochs: int = 20,
    batch_size: int | Literal["full"] | None = None,
    clip_value: float | None = None,
    clip_norm: float | None = None,
    schedule: str | Schedule = "constant",
    warm_up: str | int | WarmUp | None = None,
    patience: int | None = None,
    watch: Literal["loss", "metric"] = "loss",
    accumulate: int = 1,
    class_weights: ClassWeights | None = None,
    test_fraction: float = 0.0,
    validation_fraction: float = 0.0,
    seed: int = 0,
    engine: str = "compiled",
    on_epoch: Callable[[EpochRecord], None] = lambda record: None,
    callbacks: Sequence[Callback] = (),
    hooks: Sequence[Hook] = (),
) -> Fit:
    """Train `model` in place on `data`, inputs `(n, D)` and answers `(n,)` or `(n, outputs)`.

    θ ← θ − η · ∂L/∂θ over mini-batches, in a new order every epoch, by the optimizer's rule.

    loss        a function of outputs and targets, or its name; by default cross-entropy for classes
                and mean squared error for numbers
    optimizer   a name, or an instance, also of a class of your own: see `Optimizer`
    batch_size  rows in a batch: 1 is stochastic, "full" takes all rows; by default 32
    schedule    how the learning rate changes: constant, step(every, gamma), cosine(floor) or
                plateau(patience, factor); see `chainrule.train.schedules`
    warm_up     steps, or "2 epochs", over which the learning rate first rises linearly
    patience    epochs without a better validation loss (or metric, see `watch`) after which
                training stops; the model then has the parameters of the best epoch
    watch       whether `patience` waits for a better "loss" or a better "metric"
    accumulate  batches whose gradients are combined into one update, as in one larger batch
    class_weights  how much the rows of each class count in the loss: "balanced", numbers in the
                order of the classes, or numbers by class name
    on_epoch    called with the record of every epoch
    callbacks   follow the training: see `chainrule.train.loop.callbacks.Callback`
    hooks       see the gradients of a step before clipping and the update, and may change them:
                see `chainrule.train.steps.hooks.Hook`

    Raises DataError for data that cannot be used, OptionError and UnknownNameError for settings,
    ShapeError where model and data do not fit together, and TrainingError where the loss is no
    longer finite.

    >>> import numpy as np, chainrule as cr
    >>> x = np.linspace(-1, 1, 40)[:, None]
    >>> fitted = cr.fit(cr.nn.mlp(1, (), 1), (x, 3 * x[:, 0] + 1), learning_rate=0.1, epochs=100)
    >>> fitted.model.parameters()["layers.0.weight"].value.round(3)
    array([[3.]])
    """
    dataset = (
        data
        if isinstance(data, Dataset)
        else _dataset_from_arrays(data, loss, model.dtype, test_fraction, validation_fraction, seed)
    )
    session = Session(
        model,
        dataset,
        optimizer=_as_optimizer(optimizer, learning_rate),
        loss=loss,
        batch_size=batch_size,
        clipping=Clipping(clip_value, clip_norm),
        schedule=schedule,
        warm_up=warm_up,
        stopping=None if patience is None else EarlyStopping(patience, watch),
        accumulate=accumulate,
        class_weights=class_weights,
        seed=seed,
        engine=engine,
        hooks=hooks,
    )
    check_epochs(epochs)
    history: list[EpochRecord] = []

    def keep(record: EpochRecord) -> None:
        history.append(record)
        on_epoch(record)

    try:
        session.loop.run(epochs, Callbacks(on_epoch=keep), callbacks)
    finally:  # if interrupted, the model keeps what it has learned so far
        session.loop.show_best()
        session.stepper.store()
    return Fit(model, History(history), session.report(history))


def _dataset_from_arrays(
    data: Any, loss: str | Loss | None, dtype: Any, test: float, validation: float, seed: int
) -> Dataset:
    if not isinstance(data, (tuple, list)) or len(data) != 2:
        raise OptionError(
            "fit",
            expected="data as (inputs, answers), or a Dataset",
            got=type(data).__name__,
            remedy="write fit(model, (X, y))",
        )
    x, y = data
    # A given loss gets the answers unchanged; only without one may whole numbers mean classes.
    labels = loss is None or loss_function(loss, None) is LOSSES["cross_entropy"]
    return from_arrays(
        x,
        y,
        task=None if loss is None else "classification" if labels else "regression",
        test_fraction=test,
        validation_fraction=validation,
        seed=seed,
        dtype=dtype,
    )


def _as_optimizer(optimizer: str | Optimizer, learning_rate: float | None) -> Optimizer:
    if isinstance(optimizer, str):
        options = {} if learning_rate is None else {"learning_rate": learning_rate}
        return optimizers.get(optimizer, **options)
    if not isinstance(optimizer, Optimizer):  # such as a class instead of an instance
        raise OptionError(
            "optimizer",
            expected="a name, or an Optimizer with its hyperparameters",
            got=repr(optimizer),
            remedy=f"name one of {', '.join(optimizers.names())}, or write cr.optimizers.Adam()",
        )
    return optimizer if learning_rate is None else optimizer.at(learning_rate)
