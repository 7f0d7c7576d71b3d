"""The result of a fold, by the test rows of its finished training."""

from __future__ import annotations

from chainrule.train.data.dataset import Dataset
from chainrule.train.loop.folds.cross_validation import FoldRecord
from chainrule.train.loop.session import Session
from chainrule.train.loop.training_report import score

__all__ = ["fold_record"]


def fold_record(number: int, session: Session, dataset: Dataset) -> FoldRecord:
    """The result of the fold `number`, from 1, by the test rows of its finished training."""
    session.show_best()
    found = score(session.stepper, dataset.test, session.metric)
    assert found is not None, "a fold has test rows"
    return FoldRecord(
        fold=number,
        epochs=session.loop.epoch,
        train_rows=len(dataset.train),
        rows=len(dataset.test),
        loss=found.loss,
        metric=found.metric,
        seconds=session.loop.sums.seconds,
    )
