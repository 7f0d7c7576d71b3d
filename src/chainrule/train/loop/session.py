"""One training in progress: model, data and optimizer, joined by the training loop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, final

import numpy as np

from chainrule.errors import OptionError, UnknownNameError
from chainrule.nn import Layer
from chainrule.ops.losses import LOSSES, cross_entropy
from chainrule.train.data.batches import Batches
from chainrule.train.data.class_weights import ClassWeights, compute_class_weights
from chainrule.train.data.dataset import Dataset
from chainrule.train.loop.early_stopping import EarlyStopping
from chainrule.train.loop.history import EpochRecord
from chainrule.train.loop.training_loop import TrainingLoop
from chainrule.train.loop.training_report import Metric, Report, make_report, score
from chainrule.train.optimizers import Optimizer
from chainrule.train.schedules import LearningRate, Schedule, WarmUp
from chainrule.train.schedules import get as get_schedule
from chainrule.train.steps.clipping import Clipping
from chainrule.train.steps.hooks import Hook
from chainrule.train.steps.stepper import make_stepper
from chainrule.train.steps.tracing import Loss

__all__ = ["Session", "check_accumulate", "check_epochs", "loss_function"]


@final
class Session:
    """A model, a data set, and the `loop` that trains the one on the other; options as in `fit`."""

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
        hooks: Sequence[Hook] = (),
    ) -> None:
        self.model, self.dataset = model, dataset
        train, target = dataset.train, dataset.encoder.target
        loss = loss_function(loss, target.task)
        binary = loss is LOSSES["binary_cross_entropy"]
        self.metric: Metric = "accuracy" if binary or target.task == "classification" else "r2"
        if class_weights is not None:
            loss = _weighted_cross_entropy(loss, class_weights, dataset)
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
            micro_batch=None if check_accumulate(accumulate) == 1 else batches.batch_rows,
            hooks=hooks,
            engine=engine,
        )

        def validate() -> tuple[float, float] | None:
            result = score(self.stepper, dataset.validation, self.metric)
            return None if result is None else (result.loss, result.metric)

        self.loop = TrainingLoop(self.stepper, batches.times(accumulate), rate, validate, stopping)

    def report(self, history: list[EpochRecord], run: str | None = None) -> Report:
        """The report of the current parameters; with early stopping, of the best ones."""
        self.loop.show_best()
        return make_report(
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


def loss_function(loss: str | Loss | None, task: str | None) -> Loss:
    """The loss by its name; with None, the usual one for the task."""
    if loss is None:
        return LOSSES["cross_entropy" if task == "classification" else "mse"]
    if isinstance(loss, str):
        if loss not in LOSSES:
            raise UnknownNameError("loss", loss, LOSSES)
        return LOSSES[loss]
    return loss


def check_epochs(epochs: int) -> None:
    """Raise OptionError unless `epochs` is a whole number above 0."""
    if isinstance(epochs, bool) or not isinstance(epochs, (int, np.integer)) or epochs < 1:
        raise OptionError("epochs", expected="a whole number, 1 or more", got=repr(epochs))


def check_accumulate(accumulate: int) -> int:
    """`accumulate` as an int; OptionError unless it is a whole number above 0."""
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


def _weighted_cross_entropy(loss: Loss, option: ClassWeights, dataset: Dataset) -> Loss:
    """Cross-entropy with class weights; balanced ones are computed from the training rows."""
    if loss is not LOSSES["cross_entropy"]:
        raise OptionError(
            "class weights",
            expected="classes, learnt with cross-entropy",
            got="another loss",
            remedy="leave the class weights out",
        )
    weights = compute_class_weights(option, dataset.train.y, dataset.encoder.target.classes)
    return lambda logits, labels: cross_entropy(logits, labels, weights)
