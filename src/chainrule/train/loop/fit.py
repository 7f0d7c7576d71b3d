"""`fit`: train a model on arrays, or on a data source."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

from chainrule.errors import OptionError
from chainrule.nn import Layer
from chainrule.nn.accepted import column_names
from chainrule.ops.losses import LOSSES
from chainrule.train.data.arrays import from_arrays
from chainrule.train.data.dataset import Dataset
from chainrule.train.data.preparation.array_division import array_division
from chainrule.train.data.source import DataSource
from chainrule.train.loop.callbacks import Callback, Callbacks
from chainrule.train.loop.folds.fit_folds import cross_validated
from chainrule.train.loop.folds.rows_to_test_with import with_test_rows
from chainrule.train.loop.history import EpochRecord, History
from chainrule.train.loop.session import Session, loss_function
from chainrule.train.loop.source_session import SourceSession
from chainrule.train.loop.training_report import Report
from chainrule.train.options import TrainingOptions
from chainrule.train.options.held_out_rows import HeldOutRows
from chainrule.train.options.keywords import with_keywords
from chainrule.train.steps.checks.outputs import output_count
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


@final
@dataclass(frozen=True, kw_only=True)
class FitOptions(HeldOutRows, TrainingOptions):
    """The options of a training together with what only Python can give."""

    loss: str | Loss | None = None
    on_epoch: Callable[[EpochRecord], None] = lambda record: None
    callbacks: Sequence[Callback] = ()
    hooks: Sequence[Hook] = ()
    validation: DataSource | tuple[Any, Any] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_held_out(self.test_fraction, self.validation_fraction)


@with_keywords(FitOptions, first=("loss",))
def fit(model: Layer, data: tuple[Any, Any] | Dataset | DataSource, options: FitOptions) -> Fit:
    """Train `model` in place on `data`, inputs `(n, D)` and answers `(n,)` or `(n, outputs)`.

    Inputs may be a data frame; the model then finds the columns of another one by their names.

    θ ← θ − η · ∂L/∂θ over mini-batches, in a new order every epoch, by the optimizer's rule.

    Inputs of a model that takes several are a tree of arrays with n rows each, in tuples, lists and
    dicts, as the model has them: `fit(model, ({"image": a, "age": b}, y))`.  Integers in a tree
    stay integers.  Answers may be a tree too, for a loss of your own.  History and report have a
    metric if the model returns one output, alone or in a tree, of the shape of the answers; with
    several outputs, or answers in a tree, they have the loss only.

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
                order of the classes, or numbers by class name; with a source only in order
    on_epoch    called with the record of every epoch
    callbacks   follow the training: see `Callback`
    hooks       see the gradients of a step before clipping and the update, and may change them:
                see `Hook`
    validation  rows to validate with, if `data` is a source: another source, or (inputs, answers)

    Which rows are held out, besides by the fractions, which do so by chance:

    test        test rows of their own, (inputs, answers); none are taken from `data`
    folds       K-fold cross-validation, stratified by class: the model is trained for each fold on
                the rows of the others, from its first parameters, and at last on all rows;
                `report.cross_validation` says what the folds found
    group       the group of each row `(n,)`, such as a patient: rows of one group are never on both
                sides
    time        the time of each row `(n,)`, dates or numbers: the latest rows are held out, and
                folds are expanding windows; rows of one time are on one side

    Instead of arrays, `data` may be a source of your own: an object with `batches(epoch, start)`,
    which yields the batches (inputs, answers) of an epoch (from 1) without the first `start` ones,
    and `state()`, what it needs to remember from epoch to epoch as plain data, with
    `load_state(state)` unless that is always {}.  Then the source decides on the size and order of
    batches, and options about these are refused.  A schedule that needs to know the end, such as
    cosine, needs an attribute `per_epoch`, the number of batches.  Batches of equal size are
    fastest: each new size is planned once.

    Raises DataError for data that cannot be used, OptionError and UnknownNameError for settings,
    ShapeError where model and data do not fit together, and TrainingError where the loss is no
    longer finite.

    >>> import numpy as np, chainrule as cr
    >>> x = np.linspace(-1, 1, 40)[:, None]
    >>> fitted = cr.fit(cr.nn.mlp(1, (), 1), (x, 3 * x[:, 0] + 1), learning_rate=0.1, epochs=100)
    >>> fitted.model.parameters()["layers.0.weight"].value.round(3)
    array([[3.]])

    Cross-validation, of visits whose patients recur:

    >>> patient = np.arange(40) // 4
    >>> model = cr.nn.mlp(1, (), 1, seed=0)
    >>> fitted = cr.fit(model, (x, 3 * x), folds=5, group=patient, learning_rate=0.1, epochs=100)
    >>> len(fitted.report.cross_validation.folds), fitted.report.cross_validation.score[0] > 0.9
    (5, True)

    A source that makes its rows, twenty batches in each epoch:

    >>> class Line:
    ...     def batches(self, epoch, start):
    ...         for number in range(start, 20):
    ...             x = np.random.default_rng([epoch, number]).normal(size=(8, 1))
    ...             yield x, 3 * x + 1
    ...
    ...     def state(self):
    ...         return {}
    >>> fitted = cr.fit(cr.nn.mlp(1, (), 1), Line(), learning_rate=0.1)
    >>> fitted.model.predict([0.5]).round(3)
    array([2.5])
    """
    _check_model_and_loss(model, options.loss)
    if hasattr(data, "batches") or isinstance(data, Dataset):
        _refuse_division(data, options)
    folds = None
    if options.folds is not None:
        folds = cross_validated(
            model,
            lambda fold: _dataset(data, model, options, fold),
            options.folds,
            options,
            loss=options.loss,
            hooks=options.hooks,
            callbacks=options.callbacks,
        )
    session = _session(model, data, options)
    model.trained_columns = column_names(data[0]) if isinstance(data, (tuple, list)) else ()
    history: list[EpochRecord] = []

    def keep(record: EpochRecord) -> None:
        history.append(record)
        options.on_epoch(record)

    try:
        session.loop.run(options.epochs, Callbacks(on_epoch=keep), options.callbacks)
    finally:  # if interrupted, the model keeps what it has learned so far
        session.stepper.store()
    report = dataclasses.replace(session.report(history), cross_validation=folds)
    return Fit(model, History(history), report)


def _check_model_and_loss(model: Any, loss: Any) -> None:
    """Raise OptionError for what is no model, or no loss."""
    if not isinstance(model, Layer):
        kind = isinstance(model, type)
        raise OptionError(
            "fit",
            expected="a model, such as cr.nn.mlp(4, (16,), 3)",
            got=f"the class {model.__name__}" if kind else type(model).__name__,
            remedy=f"make one: {model.__name__}(…)"
            if kind
            else "cr.from_torch converts a module of PyTorch",
        )
    if not (loss is None or isinstance(loss, str) or callable(loss)):
        raise OptionError(
            "loss",
            expected="a function of outputs and targets, or its name",
            got=repr(loss),
            remedy=f"take one of {', '.join(LOSSES)}",
        )


def _refuse_division(data: Any, options: FitOptions) -> None:
    """Raise OptionError for options about rows that are held out, where data are divided."""
    for name in ("test", "folds", "group", "time"):
        if getattr(options, name) is not None:
            raise OptionError(
                name,
                expected="inputs and answers in arrays, whose rows it divides",
                got=f"a {type(data).__name__}, whose rows are divided",
                remedy="write fit(model, (X, y)), or leave it out",
            )


def _session(model: Layer, data: Any, options: FitOptions) -> Session | SourceSession:
    if hasattr(data, "batches"):
        return SourceSession(
            model,
            data,
            options,
            validation=options.validation,
            loss=options.loss,
            hooks=options.hooks,
        )
    if options.validation is not None:
        raise OptionError(
            "validation",
            expected="a data source to train on",
            got=type(data).__name__,
            remedy="hold out rows of the arrays by validation_fraction=0.1",
        )
    dataset = data if isinstance(data, Dataset) else _dataset(data, model, options)
    return Session(model, dataset, options, loss=options.loss, hooks=options.hooks)


def _dataset(data: Any, model: Layer, options: FitOptions, fold: int | None = None) -> Dataset:
    if not isinstance(data, (tuple, list)) or len(data) != 2:
        raise OptionError(
            "fit",
            expected="data as (inputs, answers), a Dataset, or a source with batches() and state()",
            got=f"a {type(data).__name__}" + f" of {len(data)}" * isinstance(data, (tuple, list)),
            remedy="write fit(model, (X, y))",
        )
    x, y = data
    loss = options.loss
    # A given loss gets the answers unchanged; only without one may whole numbers mean classes.
    labels = loss is None or loss_function(loss, None) is LOSSES["cross_entropy"]
    integers = model.input_dtype.kind == "i"
    dataset = from_arrays(
        x,
        y,
        task=None if loss is None else "classification" if labels else "regression",
        dtype=model.dtype,
        integers=integers,
        outputs=lambda: output_count(model, x),
        division=lambda rows: array_division(options, rows),
        fold=fold,
    )
    if options.test is None:
        return dataset
    names = column_names(x)
    return with_test_rows(
        dataset, options.test, dtype=model.dtype, integers=integers, columns=names
    )
