"""Records the loss of a run of any domain, to be explained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.domains.registry import domain, domain_of_run
from chainrule.domains.trained import Trained
from chainrule.errors import OptionError
from chainrule.train.runs.trained_network import RecordedLoss, TrainedNetwork
from chainrule.train.runs.training_run import TrainingRun

__all__ = ["record_run", "record_training"]


def record_run(
    path: Path, rows: Sequence[int] = (), wrt: Sequence[str] = (), member: int | None = None
) -> RecordedLoss:
    """Record the loss of held-out `rows` of the run in `path`; of an ensemble, that of a `member`.

    Raises RunError where the run cannot be read or its data have changed, OptionError for rows and
    members that do not exist.
    """
    kind = domain_of_run(path)
    if kind == "table":
        return TrainedNetwork.read(path, member).record(rows, wrt)
    if member is not None:
        raise OptionError(
            "--member", expected="an ensemble", got=f"a run of kind {kind}", remedy="leave it out"
        )
    found = domain(kind)
    trained: Trained[Any, Any] = Trained.read(path, found, np.float64)
    material = found.reload(trained.options, trained.folder.config)
    return found.record(trained, material, rows, wrt)


def record_training(run: TrainingRun[Any]) -> RecordedLoss:
    """Record the loss of the sample that a training gets most wrong so far."""
    if run.domain.name == "table":
        return TrainedNetwork.of(run).record()
    found = domain(run.domain.name)
    return found.record(Trained.of(run, np.float64), run.material)
