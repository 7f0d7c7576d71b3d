"""`fit`: train a model on arrays, on a data frame, or on a data source."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from chainrule.errors import OptionError
from chainrule.nn import Layer
from chainrule.nn.accepted import column_names
from chainrule.ops.losses import LOSSES
from chainrule.train.data.arrays import from_arrays
from chainrule.train.data.dataset import Dataset
from chainrule.train.data.division.array_division import array_division
from chainrule.train.data.frames.library import is_table
from chainrule.train.data.padded_loss import has_steps, plain
from chainrule.train.data.preparation.inference import Inference
from chainrule.train.loop.callbacks import Callbacks
from chainrule.train.loop.fitting.checked_arguments import check_loss, checked_model, no_validation
from chainrule.train.loop.fitting.fit_options import (
    FitOptions,
    refuse_division,
    refuse_table_options,
)
from chainrule.train.loop.folds.cross_validation import CrossValidation
from chainrule.train.loop.folds.fit_folds import cross_validated
from chainrule.train.loop.folds.rows_to_test_with import with_test_rows
from chainrule.train.loop.history import EpochRecord, History
from chainrule.train.loop.session import Session, loss_function
from chainrule.train.loop.source_session import SourceSession
from chainrule.train.loop.training_report import Report
from chainrule.train.options.keywords import with_keywords
from chainrule.train.steps.checks.outputs import classes_of_steps, output_count

if TYPE_CHECKING:
    from chainrule.train.data.frames.trained_table import TrainedTable

__all__ = ["Fit", "fit"]

ModelOf = Callable[[int, int], Layer]
"""A function that makes a model of so many inputs and outputs."""


@final
@dataclass(frozen=True)
class Fit:
    """The result of `fit`: the trained model, the history of its epochs, and the report.

    `inference` is what was inferred about a data frame; print it to read it.
    """

    model: Layer
    history: History
    report: Report
    inference: Inference | None = None


@with_keywords(FitOptions, first=("loss", "target"))
def fit(model: Layer | ModelOf | None, data: Any, options: FitOptions) -> Fit:
    """Train `model` in place on `data`, inputs `(n, D)` and answers `(n,)` or `(n, outputs)`.

    θ ← θ − η · ∂L/∂θ over mini-batches, in a new order every epoch, by the optimizer's rule.

    Inputs of a model that takes several are a tree of arrays with n rows each, in tuples, lists and
    dicts, as the model has them: `fit(model, ({"image": a, "age": b}, y))`.  Integers in a tree
    stay integers.  Answers may be a tree too, for a loss of your own.  History and report have a
    metric if the model returns one output, alone or in a tree, of the shape of the answers; with
    several outputs, or answers in a tree, they have the loss only.  So they have where the answers
    are classes (n, T), one for each step of time, of a model that returns (n, T, K).

    Answers over time, for each step of a sequence, are `(n, T, outputs)`, or class numbers `(n, T)`
    for outputs `(n, T, classes)`; they are not encoded, and there is no metric either.

    A data frame of pandas or Polars is a table, as a file is for `chainrule train`: `fit(model,
    frame, target="price")`, or `fit(model, (frame, answers))`.  Kinds of columns are inferred,
    categories and dates encoded, numbers standardised by the training rows (those to predict, too),
    missing values filled in, and rows without an answer left out; `inference` of the result says
    what was done, and `model.predict` takes and returns frames.  What texts mean is inferred, too,
    but categories of pandas and Polars are categories.  How many inputs there are is then known
    only here, so `model` may be a function of the numbers of inputs and outputs; None is the
    network that `chainrule train` takes.

    loss        a function of outputs and targets, or its name; by default cross-entropy for classes
                and mean squared error for numbers
    ignore      the target that marks padding, a class number or a number, also NaN: such entries
                count neither in the loss nor in its mean
    label_smoothing  the share of a row's target that all classes get alike, in cross-entropy
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

    Of a data frame:

    target      the column to predict
    task        "classification" or "regression", where not inferred
    impute      how missing values are filled in: "mean", "median" or "most-frequent"; by default
                the median, and an input more says where
    drop, categorical, numeric, date
                columns to leave out, and columns of a kind that is not inferred: a name, or several
    date_format how dates are written, such as "%d/%m/%Y", or by column {"when": "%d/%m/%Y"}
    missing     further texts that mean "no value"
    decimal     the decimal mark of texts, "." or ","
    text_columns  "hashed" encodes free text by its words, which is left out otherwise
    require_target  refuse rows without an answer

    Which rows are held out, besides by the fractions, which do so by chance:

    test        test rows of their own, (inputs, answers) or a data frame as `data` is one; none are
                taken from `data`
    folds       K-fold cross-validation, stratified by class: the model is trained for each fold on
                the rows of the others, from its first parameters, and at last on all rows;
                `report.cross_validation` says what the folds found
    group       the group of each row `(n,)`, such as a patient: rows of one group are never on both
                sides; of a data frame, the name of a column, which is no input
    time        the time of each row `(n,)`, dates or numbers: the latest rows are held out, and
                folds are expanding windows; rows of one time are on one side; of a data frame, the
                name of a column, which is an input too only with `time_input`

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

    A table, of mixed columns:

    >>> import polars as pl
    >>> homes = pl.DataFrame({"area": [None, *range(80, 41, -1)], "city": ["Ulm", "Bonn"] * 20})
    >>> homes = homes.with_columns(price=pl.col("area").fill_null(60) * 1000.5)
    >>> fitted = cr.fit(None, homes, target="price", epochs=200)
    >>> fitted.inference
    data frame: 40 rows; 1 number, 1 category → 4 inputs; to predict the numbers of `price`
      1 cell of `area` read as missing; filled with 61, and an input says where
    >>> new = pl.DataFrame({"city": ["Bonn"], "area": [50], "rooms": [2]})
    >>> round(fitted.model.predict(new)["price"][0], -4)
    50000.0

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
    table: TrainedTable | None = None
    folds: CrossValidation | None = None
    if is_table(data) and not (isinstance(model, Layer) and model.input_dtype.kind == "i"):
        from chainrule.train.loop.fitting.table_model import model_and_data

        check_loss(options.loss)
        if options.folds is not None:
            folds = _folds(lambda fold: model_and_data(model, data, options, fold)[:2], options)
        trained, dataset, table = model_and_data(model, data, options)
        session = Session(trained, dataset, options, loss=options.loss, hooks=options.hooks)
        inference = dataset.inference
    else:
        refuse_table_options(options)
        trained = checked_model(model)
        check_loss(options.loss)
        if hasattr(data, "batches") or isinstance(data, Dataset):
            refuse_division(data, options)
        if options.folds is not None:
            folds = _folds(lambda fold: (trained, _dataset(data, trained, options, fold)), options)
        session, inference = _session(trained, data, options), None
    trained.trained_table = table
    trained.trained_columns = table.columns if table else ()
    if table is None and isinstance(data, (tuple, list)):
        trained.trained_columns = column_names(data[0])
    history: list[EpochRecord] = []

    def keep(record: EpochRecord) -> None:
        history.append(record)
        options.on_epoch(record)

    try:
        session.loop.run(options.epochs, Callbacks(on_epoch=keep), options.callbacks)
    finally:  # if interrupted, the model keeps what it has learned so far
        session.stepper.store()
    report = dataclasses.replace(session.report(history), cross_validation=folds)
    return Fit(trained, History(history), report, inference)


def _folds(
    training_of: Callable[[int], tuple[Layer, Dataset]], options: FitOptions
) -> CrossValidation:
    assert options.folds is not None, "there are folds"
    return cross_validated(
        training_of,
        options.folds,
        options,
        loss=options.loss,
        hooks=options.hooks,
        callbacks=options.callbacks,
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
        raise no_validation(data)
    dataset = data if isinstance(data, Dataset) else _dataset(data, model, options)
    return Session(model, dataset, options, loss=options.loss, hooks=options.hooks)


def _dataset(data: Any, model: Layer, options: FitOptions, fold: int | None = None) -> Dataset:
    if not isinstance(data, (tuple, list)) or len(data) != 2:
        raise OptionError(
            "fit",
            expected="data as (inputs, answers), a data frame, or a source with batches() and"
            " state()",
            got=f"a {type(data).__name__}" + f" of {len(data)}" * isinstance(data, (tuple, list)),
            remedy="write fit(model, (X, y))",
        )
    x, y = data
    model.recognise_integers(x)
    loss = options.loss
    # A given loss gets the answers unchanged; only without one may whole numbers mean classes.
    given = None if loss is None else plain(loss_function(loss, None))
    labels = given is None or given is LOSSES["cross_entropy"]
    integers = model.input_dtype.kind == "i"
    may_be_classes = labels or given not in LOSSES.values()
    step_classes = classes_of_steps(model, x, y) if may_be_classes else None
    steps = step_classes is not None or has_steps(x, y, options.ignore)
    dataset = from_arrays(
        x,
        y,
        task=None if loss is None else "classification" if labels else "regression",
        dtype=model.dtype,
        integers=integers,
        outputs=lambda: output_count(model, x),
        steps=steps,
        step_classes=step_classes,
        ignore=options.ignore,
        division=lambda rows: array_division(options, rows),
        fold=fold,
    )
    if options.test is None:
        return dataset
    names = column_names(x)
    return with_test_rows(
        dataset,
        options.test,
        dtype=model.dtype,
        integers=integers,
        columns=names,
        steps=steps,
        ignore=options.ignore,
    )
