"""A training in progress on a data source of the user's own."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, final

import numpy as np

from chainrule.errors import DataError, OptionError
from chainrule.graph import Array
from chainrule.nn import Layer
from chainrule.nn.trees import is_tree, map_inputs, single_output
from chainrule.ops.losses import LOSSES
from chainrule.train.data.class_weights import (
    ClassWeightedCrossEntropy,
    ClassWeights,
    compute_class_weights,
    row_weights,
)
from chainrule.train.data.dataset import Part
from chainrule.train.data.padded_loss import plain
from chainrule.train.data.source import DataSource, as_group
from chainrule.train.loop.epoch_sums import EpochSums
from chainrule.train.loop.history import EpochRecord
from chainrule.train.loop.session import check_weighable, loss_function, stopping_of
from chainrule.train.loop.source_state import SourceState
from chainrule.train.loop.training_loop import TrainingLoop
from chainrule.train.loop.training_report import Metric, Report, Score, fitting_metric, measure
from chainrule.train.options import TrainingOptions
from chainrule.train.schedules import LearningRate
from chainrule.train.steps.clipping import Clipping
from chainrule.train.steps.hooks import Hook
from chainrule.train.steps.stepper import Stepper, make_stepper
from chainrule.train.steps.tracing import Loss

__all__ = ["SourceSession"]

OF_ARRAYS = {
    "batch_size": "the source makes the batches",
    "accumulate": "let the source yield larger batches",
    "test_fraction": "evaluate the trained model on the test rows",
    "validation_fraction": "give a second source as validation",
    "seed": "the source puts the rows in order",
}
"""Options of a training on arrays, and what to do instead with a source."""

UNSET = {"accumulate": 1, "test_fraction": 0.0, "validation_fraction": 0.0, "seed": 0}
"""Their values if they are not given, where that is not None."""

RowWeights = Callable[[Mapping[str, Any], Array], Array | None]
"""What each row of data counts in the loss; see `TrainingLoop`."""


@final
class SourceSession:
    """A model, a data source, and the `loop` that trains the one on the other.

    `loss` is as in `fit`.  `validation` is a source too, whose first epoch is read after each
    epoch of training, or a pair (inputs, answers).
    """

    def __init__(
        self,
        model: Layer,
        source: DataSource,
        options: TrainingOptions,
        *,
        validation: Any = None,
        loss: str | Loss | None = None,
        hooks: Sequence[Hook] = (),
    ) -> None:
        for name, remedy in OF_ARRAYS.items():
            given = getattr(options, name)
            if given != UNSET.get(name):
                raise OptionError(
                    name.replace("_", " "),
                    expected="none with a data source",
                    got=str(given),
                    remedy=remedy,
                )
        self.model, self._source = model, source
        self._validation = None if validation is None else _Validation(validation)
        reading = SourceState(source)
        first = reading.first().arrays
        x, y = (_named(first, name) for name in ("x", "y"))
        loss = _loss(loss, y)
        labels = plain(loss) in (LOSSES["cross_entropy"], LOSSES["binary_cross_entropy"])
        if options.class_weights is not None:
            loss = _class_weighted(loss, options.class_weights)
        optimizer, schedule, warm_up = options.parts
        rate = LearningRate(optimizer.learning_rate, schedule, warm_up)
        self.stopping = stopping_of(options, rate, validated=self._validation is not None)
        self.stepper = make_stepper(
            model,
            loss,
            optimizer,
            x,
            y,
            clipping=Clipping(options.clip_value, options.clip_norm),
            hooks=hooks,
            engine=options.engine,
        )
        self.task = "classification" if labels else "regression"
        metric: Metric = "accuracy" if labels else "r2"
        watch = self.stopping and self.stopping.watch
        self.metric: Metric | None = fitting_metric(metric, self.stepper, y, watch)

        def validate() -> tuple[float, float | None] | None:
            found = self._score()
            return None if found is None else (found.loss, found.metric)

        def weights_of(data: Mapping[str, Any], rows: Array) -> Array | None:
            return row_weights(loss, data, rows)

        self._row_weights = weights_of
        callbacks = [] if self.stopping is None else [self.stopping]
        self.loop = TrainingLoop(self.stepper, reading, rate, validate, callbacks, weights_of)

    def report(self, history: list[EpochRecord]) -> Report:
        """The report of the current parameters; with early stopping, of the best ones."""
        best = self.stopping and self.stopping.best
        validation = self._score()
        sums = self.loop.sums
        loss = sums.loss if sums.rows else math.nan  # of an epoch that was interrupted
        if history:
            loss = history[best.epoch - 1 if best else -1].train_loss
        return Report(
            dataset=type(self._source).__name__,
            rows=round((sums.samples - sums.rows) / max(self.loop.epoch, 1)),
            task=self.task,
            metric=None if validation is None else self.metric,
            epochs=self.loop.epoch,
            train=Score(loss, None),
            validation=validation,
            test=None,
            seconds=sums.seconds,
            samples_per_second=sums.samples_per_second,
            gradient_norms=history[-1].gradient_norms if history else {},
            best_epoch=best.epoch if best else None,
            stopped_early=self.loop.finished,
        )

    def _score(self) -> Score | None:
        if self._validation is None:
            return None
        return self._validation.score(self.stepper, self.metric, self._row_weights)


class _Validation:
    """Rows to validate with: those of the first epoch of a source, or of a pair of arrays."""

    def __init__(self, given: Any) -> None:
        self._pair = as_group(given) if isinstance(given, tuple) else None
        self._reading = None if isinstance(given, tuple) else SourceState(given)

    def score(self, stepper: Stepper, metric: Metric | None, row_weights: RowWeights) -> Score:
        """Loss and metric with the current parameters: the loss as of one batch of all rows."""
        groups = iter([self._pair]) if self._reading is None else self._reading.batches(1, 0)
        sums, rows = EpochSums(), 0
        outputs: list[Array] = []
        answers: list[Array] = []
        for group in groups:
            part = _part(group)
            predicted = stepper.predict(part.x)
            weights = row_weights({"x": part.x, "y": part.y}, np.arange(len(part)))
            of_part = None if weights is None else [float(weights.sum())]
            sums.add([stepper.loss_of(predicted, part.y)], len(part), 0.0, of_part)
            rows += len(part)
            if metric is not None:
                outputs.append(single_output(predicted))
                answers.append(np.asarray(part.y))
        if not rows:
            raise DataError("validation", expected="one batch or more", got="none")
        if metric is None:
            return Score(sums.loss, None)
        found = measure(metric, np.concatenate(answers), np.concatenate(outputs))
        return Score(sums.loss, found)


def _part(group: Any) -> Part:
    """The rows of all batches of a group."""
    rows = group.rows.reshape(-1)
    x, y = (_named(group.arrays, name) for name in ("x", "y"))
    return Part(*(map_inputs(lambda leaf: np.asarray(leaf)[rows], one) for one in (x, y)))


def _named(arrays: Any, name: str) -> Any:
    if name not in arrays:
        got = ", ".join(map(repr, arrays))
        raise OptionError("data source", expected="arrays 'x' and 'y'", got=got)
    return arrays[name]


def _loss(loss: str | Loss | None, y: Any) -> Loss:
    """The loss; by default cross-entropy for whole numbers (B,), mean squared error for others."""
    if loss is None and is_tree(y):
        raise OptionError(
            "loss",
            expected="one of your own, for answers in a tree",
            got="none",
            remedy="give a function of outputs and answers",
        )
    labels = loss is None and np.asarray(y).dtype.kind in "iu" and np.ndim(y) == 1
    return loss_function(loss, "classification" if labels else "regression")


def _class_weighted(loss: Loss, option: ClassWeights) -> ClassWeightedCrossEntropy:
    """Cross-entropy with one number for each class: a source has no names and counts of classes."""
    check_weighable(loss)
    if isinstance(option, (str, Mapping)):
        raise OptionError(
            "class weights",
            expected="one number for each class, in the order of the labels 0, 1, …, with a data "
            "source",
            got=repr(option),
            remedy="the rows of a source cannot be counted before it is read; count them yourself"
            if isinstance(option, str)
            else "the classes of a source have no names; list their weights in order",
        )
    weights = compute_class_weights(option, np.zeros(0, int), list(map(str, range(len(option)))))
    return ClassWeightedCrossEntropy(weights)
