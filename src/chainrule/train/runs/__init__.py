"""Runs: the folder of one training, training into it, and using the trained network afterwards.

The commands `chainrule train`, `predict` and `explain` use it; only here are training, storage and
figures combined.
"""

from chainrule.train.runs.predictor import Predictions, Predictor
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.runs.trained_network import RecordedLoss, TrainedNetwork, explain_weight
from chainrule.train.runs.training_run import TrainingRun

__all__ = [
    "Predictions",
    "Predictor",
    "RecordedLoss",
    "RunFolder",
    "TrainedNetwork",
    "TrainingRun",
    "explain_weight",
]
