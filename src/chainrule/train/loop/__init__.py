"""The training loop: epochs of steps, early stopping, the history and the report.

`fit.fit` trains a model on arrays, `session.Session` is one training in progress, and
`training_loop.TrainingLoop` runs its epochs.  Only the history is exported here, so that it can be
plotted without loading the loop.
"""

from chainrule.train.loop.history import EpochRecord, History

__all__ = ["EpochRecord", "History"]
