"""`fit`: train a model on arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np

from chainrule.errors import OptionError, UnknownNameError
from chainrule.nn import Layer
from chainrule.ops.losses import LOSSES, cross_entropy
from chainrule.train import optimizers
from chainrule.train.data.arrays import from_arrays
from chainrule.train.data.batches import Batches
from chainrule.train.data.class_weights import ClassWeights, class_weights
from chainrule.train.data.dataset import Dataset
from chainrule.train.loop.early_stopping import EarlyStopping
from chainrule.train.loop.epochs import Loop, Watcher
from chainrule.train.loop.history import EpochRecord, History
from chainrule.train.loop.report import Metric, Report, report, score
from chainrule.train.optimizers import Optimizer
from chainrule.train.schedules import LearningRate, Schedule, WarmUp
from chainrule.train.schedules import get as get_schedule
from chainrule.train.steps.clipping import Clipping
from chainrule.train.steps.stepper import make_stepper
from chainrule.train.steps.tracing import Loss

__all__ = ["Fit", "Session", "fit"]


@final
@dataclass(frozen=True)
class Fit:
    """What `fit` returns: the trained model, a record of every epoch, and the report."""

    model: Layer
    history: History
    report: Report


@final
class Session:
    """One training under way: a model, a data set, and the loop that joins them."""

    def __init__(
        self,
        model: Layer,
        dataset: Dataset,
        *,
        optimizer: Optimizer,
        loss: str | Loss | None = None,
        batch_size: int | Literal["full"] | None = None,
        clipping: Clipping | None = None,
        schedule: str | Schedule = "constant",
        warm_up: str | int | WarmUp | None = None,
        stopping: EarlyStopping | None = None,
        accumulate: int = 1,
        class_weights: ClassWeights | None = None,
        seed: int = 0,
        engine: str = "compiled",
    ) -> None:
        self.model, self.dataset = model, dataset
        train, target = dataset.train, dataset.encoder.target
        loss = _loss(loss, target.task)
        binary = loss is LOSSES["binary_cross_entropy"]
        self.metric: Metric = "accuracy" if binary or target.task == "classification" else "r2"
        if class_weights is not None:
            loss = _weighted(loss, class_weights, dataset)
        batches = Batches(len(train), batch_size, seed)
        rate = LearningRate(
            optimizer.learning_rate,
            get_schedule(schedule),
            None if warm_up is None else WarmUp.of(warm_up),
        )
        if stopping is not None or rate.schedule.validates:
            _check_validation("plateau" if stopping is None else "patience", dataset)
        self.stepper = make_stepper(
            model,
            loss,
            optimizer,
            train.x,
            train.y,
            clipping=clipping,
            micro_batch=None if check_accumulate(accumulate) == 1 else batches.rows_of_one,
            engine=engine,
        )

        def validate() -> tuple[float, float] | None:
            found = score(self.stepper, dataset.validation, self.metric)
            return None if found is None else (found.loss, found.metric)

        self.loop = Loop(self.stepper, batches.times(accumulate), rate, validate, stopping)

    def report(self, history: list[EpochRecord], run: str | None = None) -> Report:
        """The figures of the parameters as they are now; with early stopping, of the best."""
        self.loop.show_best()
        return report(
            self.stepper,
            self.dataset,
            self.metric,
            epochs=self.loop.epoch,
            seconds=self.loop.seconds,
            samples=self.loop.samples,
            gradient_norms=history[-1].gradient_norms if history else {},
            run=run,
            best_epoch=self.loop.best.epoch if self.loop.best else None,
            stopped_early=self.loop.stopped,
        )


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
) -> Fit:
    """Train `model` in place on `data`, inputs `(n, D)` and answers `(n,)` or `(n, outputs)`.

    θ ← θ − η · ∂L/∂θ over mini-batches, in a new order every epoch, by the optimizer's rule.

    loss        a function of outputs and targets, or its name; by default cross-entropy for classes
                and mean squared error for numbers
    optimizer   a name, or an instance; one of a class of your own needs engine="reference"
    batch_size  rows of a batch: 1 is stochastic, "full" takes all at once; by default 32
    schedule    how the learning rate goes on: constant, step(every, gamma), cosine(floor) or
                plateau(patience, factor); see `chainrule.train.schedules`
    warm_up     a linear rise of the learning rate first, over so many steps or "2 epochs"
    patience    epochs without a better validation loss (or metric, whichever one is to `watch`)
                after which training stops; the model then has the parameters of the best epoch
    accumulate  batches whose gradients make one update together, as one larger batch would
    class_weights  what rows of each class count in the loss: "balanced", numbers in the order of
                the classes, or numbers by class name
    on_epoch    called with the record of every epoch

    Raises DataError for data that cannot be used, OptionError and UnknownNameError for settings,
    ShapeError where model and data do not fit, TrainingError where the loss is no longer finite.

    >>> import numpy as np, chainrule as cr
    >>> x = np.linspace(-1, 1, 40)[:, None]
    >>> fitted = cr.fit(cr.nn.mlp(1, (), 1), (x, 3 * x[:, 0] + 1), learning_rate=0.1, epochs=100)
    >>> fitted.model.parameters()["layers.0.weight"].value.round(3)
    array([[3.]])
    """
    dataset = (
        data
        if isinstance(data, Dataset)
        else _dataset(data, loss, model.dtype, test_fraction, validation_fraction, seed)
    )
    session = Session(
        model,
        dataset,
        optimizer=_optimizer(optimizer, learning_rate),
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
    )
    check_epochs(epochs)
    history: list[EpochRecord] = []

    def keep(record: EpochRecord) -> None:
        history.append(record)
        on_epoch(record)

    try:
        session.loop.run(epochs, Watcher(on_epoch=keep))
    finally:  # interrupted, the model keeps what it has learnt so far
        session.loop.show_best()
        session.stepper.store()
    return Fit(model, History(history), session.report(history))


def check_epochs(epochs: int) -> None:
    """OptionError unless `epochs` is a whole number above 0."""
    if isinstance(epochs, bool) or not isinstance(epochs, (int, np.integer)) or epochs < 1:
        raise OptionError("epochs", expected="a whole number, 1 or more", got=repr(epochs))


def check_accumulate(accumulate: int) -> int:
    """`accumulate`; OptionError unless it is a whole number above 0."""
    whole = isinstance(accumulate, (int, np.integer)) and not isinstance(accumulate, bool)
    if not whole or accumulate < 1:
        raise OptionError("accumulate", expected="a whole number, 1 or more", got=repr(accumulate))
    return int(accumulate)


def _check_validation(option: str, dataset: Dataset) -> None:
    if not len(dataset.validation):
        raise OptionError(
            option,
            expected="validation rows to judge by",
            got="none held out",
            remedy="set a validation fraction such as 0.1",
        )


def _weighted(loss: Loss, option: ClassWeights, dataset: Dataset) -> Loss:
    """Cross-entropy with class weights, which are of the training rows where they are balanced."""
    if loss is not LOSSES["cross_entropy"]:
        raise OptionError(
            "class weights",
            expected="classes, learnt with cross-entropy",
            got="another loss",
            remedy="leave the class weights out",
        )
    weights = class_weights(option, dataset.train.y, dataset.encoder.target.classes)
    return lambda logits, labels: cross_entropy(logits, labels, weights)


def _dataset(
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
    # a loss of one's own gets the answers as they are; without one, whole numbers may mean classes
    labels = loss is None or _loss(loss, None) is LOSSES["cross_entropy"]
    return from_arrays(
        x,
        y,
        task=None if loss is None else "classification" if labels else "regression",
        test_fraction=test,
        validation_fraction=validation,
        seed=seed,
        dtype=dtype,
    )


def _loss(loss: str | Loss | None, task: str | None) -> Loss:
    if loss is None:
        return LOSSES["cross_entropy" if task == "classification" else "mse"]
    if isinstance(loss, str):
        if loss not in LOSSES:
            raise UnknownNameError("loss", loss, LOSSES)
        return LOSSES[loss]
    return loss


def _optimizer(optimizer: str | Optimizer, learning_rate: float | None) -> Optimizer:
    if isinstance(optimizer, str):
        options = {} if learning_rate is None else {"learning_rate": learning_rate}
        return optimizers.get(optimizer, **options)
    if not isinstance(optimizer, Optimizer):  # such as a class in place of an instance
        raise OptionError(
            "optimizer",
            expected="a name, or an Optimizer with its hyperparameters",
            got=repr(optimizer),
            remedy=f"name one of {', '.join(optimizers.names())}, or write cr.optimizers.Adam()",
        )
    return optimizer if learning_rate is None else optimizer.at(learning_rate)
