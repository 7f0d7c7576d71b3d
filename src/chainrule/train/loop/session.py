"""One training in progress: model, data and optimizer, joined by the training loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import final

from chainrule.errors import OptionError, UnknownNameError
from chainrule.nn import Layer
from chainrule.ops.losses import LOSSES
from chainrule.train.data.array_source import ArraySource
from chainrule.train.data.batches import Batches
from chainrule.train.data.class_weights import (
    ClassWeightedCrossEntropy,
    ClassWeights,
    compute_class_weights,
    row_weights,
)
from chainrule.train.data.dataset import Dataset, Part
from chainrule.train.data.padded_loss import ignored, plain
from chainrule.train.data.source import DataSource
from chainrule.train.loop.early_stopping import EarlyStopping
from chainrule.train.loop.history import EpochRecord
from chainrule.train.loop.training_loop import TrainingLoop
from chainrule.train.loop.training_report import Metric, Report, fitting_metric, make_report, score
from chainrule.train.options import TrainingOptions
from chainrule.train.schedules import LearningRate
from chainrule.train.steps.checks.outputs import check_outputs
from chainrule.train.steps.clipping import Clipping
from chainrule.train.steps.hooks import Hook
from chainrule.train.steps.stepper import make_stepper
from chainrule.train.steps.tracing import Loss

__all__ = ["Session", "check_weighable", "class_weighted", "loss_function", "stopping_of"]


@final
class Session:
    """A model, a data set, and the `loop` that trains the one on the other.

    `loss` is as in `fit`.  `source` makes what the steps of an epoch are computed from, of the
    training part and its batches; by default the rows themselves.
    """

    def __init__(
        self,
        model: Layer,
        dataset: Dataset,
        options: TrainingOptions,
        *,
        loss: str | Loss | None = None,
        hooks: Sequence[Hook] = (),
        source: Callable[[Part, Batches], DataSource] | None = None,
    ) -> None:
        self.model, self.dataset = model, dataset
        train, target = dataset.train, dataset.encoder.target
        inferred, loss = loss is None, loss_function(loss, target.task)
        check_outputs(model, dataset, plain(loss), inferred=inferred, ignore=ignored(loss))
        binary = plain(loss) is LOSSES["binary_cross_entropy"]
        if options.class_weights is not None:
            loss = class_weighted(loss, options.class_weights, dataset)
        batches = Batches(len(train), options.batch_size, options.seed)
        self._rows = batches.times(options.accumulate).batch_rows
        optimizer, schedule, warm_up = options.parts
        rate = LearningRate(optimizer.learning_rate, schedule, warm_up)
        self.stopping = stopping_of(options, rate, validated=len(dataset.validation) > 0)
        self.stepper = make_stepper(
            model,
            loss,
            optimizer,
            train.x,
            train.y,
            clipping=Clipping(options.clip_value, options.clip_norm),
            micro_batch=None if options.accumulate == 1 else batches.batch_rows,
            hooks=hooks,
            engine=options.engine,
        )

        self.metric: Metric | None = fitting_metric(
            "accuracy" if binary or target.task == "classification" else "r2",
            self.stepper,
            train.y,
            self.stopping and self.stopping.watch,
        )

        def validate() -> tuple[float, float | None] | None:
            result = score(self.stepper, dataset.validation, self.metric)
            return None if result is None else (result.loss, result.metric)

        make = source or (lambda part, sizes: ArraySource(part.x, part.y, sizes))
        callbacks = [] if self.stopping is None else [self.stopping]
        self.loop = TrainingLoop(
            self.stepper,
            make(train, batches.times(options.accumulate)),
            rate,
            validate,
            callbacks,
            lambda data, rows: row_weights(loss, data, rows),
        )

    def prepare(self) -> None:
        """Compile what the steps need, which would otherwise count as training time."""
        self.stepper.prepare(self._rows)

    @property
    def stopped(self) -> bool:
        """Whether the training has ended early, by `patience` or by a callback."""
        over = self.stopping is not None and self.stopping.is_over(self.loop.epoch)
        return over or self.loop.finished

    def show_best(self) -> None:
        """With early stopping, put the best parameters into the stepper until training continues.

        The end of a training does so, too.
        """
        if self.stopping is not None:
            self.stopping.on_end(self.loop)

    def report(self, history: list[EpochRecord], run: str | None = None) -> Report:
        """The report of the current parameters; with early stopping, of the best ones."""
        self.show_best()
        best = self.stopping and self.stopping.best
        return make_report(
            self.stepper,
            self.dataset,
            self.metric,
            epochs=self.loop.epoch,
            seconds=self.loop.sums.seconds,
            samples=self.loop.sums.samples,
            gradient_norms=history[-1].gradient_norms if history else {},
            run=run,
            best_epoch=best.epoch if best else None,
            stopped_early=self.stopped,
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


def stopping_of(
    options: TrainingOptions, rate: LearningRate, *, validated: bool
) -> EarlyStopping | None:
    """Early stopping as the options say; OptionError if it, or the schedule, lacks validation."""
    stopping = None
    if options.patience is not None:
        stopping = EarlyStopping(options.patience, options.watch)
    if (stopping is not None or rate.schedule.validates) and not validated:
        raise OptionError(
            "plateau" if stopping is None else "patience",
            expected="validation rows to judge by",
            got="none held out",
            remedy="set a validation fraction such as 0.1, or give validation to a data source",
        )
    return stopping


def class_weighted(loss: Loss, option: ClassWeights, dataset: Dataset) -> ClassWeightedCrossEntropy:
    """Cross-entropy with class weights; balanced ones are computed from the training rows."""
    check_weighable(loss)
    if dataset.train.y.ndim > 1:
        raise OptionError(
            "class weights",
            expected="one class for each row",
            got=f"answers {dataset.train.y.shape}",
            remedy="weigh the steps in a loss of your own",
        )
    weights = compute_class_weights(option, dataset.train.y, dataset.encoder.target.classes)
    return ClassWeightedCrossEntropy(weights)


def check_weighable(loss: Loss) -> None:
    """Raise OptionError unless the loss is the one that takes class weights."""
    if loss is not LOSSES["cross_entropy"]:
        raise OptionError(
            "class weights",
            expected="classes, learnt with cross-entropy",
            got="another loss",
            remedy="leave the class weights out",
        )
