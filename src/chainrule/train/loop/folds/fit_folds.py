"""Cross-validation in `fit`: the model is trained from its first parameters for each fold."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chainrule.errors import OptionError
from chainrule.nn import Layer
from chainrule.train.data.dataset import Dataset
from chainrule.train.loop.callbacks import Callback
from chainrule.train.loop.folds.cross_validation import CrossValidation, FoldRecord
from chainrule.train.loop.folds.fold_record import fold_record
from chainrule.train.loop.session import Session
from chainrule.train.options import TrainingOptions
from chainrule.train.steps.hooks import Hook
from chainrule.train.steps.tracing import Loss

__all__ = ["cross_validated"]


def cross_validated(
    training_of: Callable[[int], tuple[Layer, Dataset]],
    folds: int,
    options: TrainingOptions,
    *,
    loss: str | Loss | None = None,
    hooks: Sequence[Hook] = (),
    callbacks: Sequence[Callback] = (),
) -> CrossValidation:
    """What the folds find; `training_of` gives the model and the data set of each, from 0.

    The models stay as they were.

    Raises OptionError for callbacks, which follow a single training.
    """
    if callbacks:
        raise OptionError(
            "callbacks",
            expected="none with folds, each of which is a training of its own",
            got=f"{len(callbacks)}",
            remedy="leave them out, or hold out rows by test_fraction=0.2",
        )
    records: list[FoldRecord] = []
    metric = None
    for fold in range(folds):
        model, dataset = training_of(fold)
        tensors = model.parameters() | model.buffers()
        first = {name: tensor.value.copy() for name, tensor in tensors.items()}
        try:
            session = Session(model, dataset, options, loss=loss, hooks=hooks)
            session.loop.run(options.epochs)
            records.append(fold_record(fold + 1, session, dataset))
            metric = session.metric
        finally:
            model.load(first)
    return CrossValidation(metric, tuple(records))
