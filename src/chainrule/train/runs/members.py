"""The networks of an ensemble: the run itself is the first, `members/` has the others."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.errors import OptionError, RunError
from chainrule.graph import Array
from chainrule.train.evaluation.class_scores import log_softmax
from chainrule.train.options import RunOptions
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.storage.regular_files import check_folder

__all__ = [
    "averaged",
    "check_member",
    "member_folder",
    "member_folders",
    "member_path",
    "prepare_members",
]

MEMBERS = "members"


def member_path(run: Path, number: int) -> Path:
    """Where the member with this number is; the first is the run itself."""
    return run if number == 1 else run / MEMBERS / str(number)


def prepare_members(run: Path) -> None:
    """Make the folder of the members.  Raises RunError where it is a link, or cannot be made."""
    try:
        (run / MEMBERS).mkdir(exist_ok=True)
        check_folder(run / MEMBERS)
    except OSError as error:
        raise _unreadable(run / MEMBERS, error) from None


def member_folders(folder: RunFolder, options: RunOptions) -> list[RunFolder]:
    """The folders of all networks that predict together, to be read; one, if it is no ensemble.

    Raises RunError where one is missing or belongs to another run.
    """
    return [member_folder(folder, options, number) for number in range(1, options.members + 1)]


def member_folder(folder: RunFolder, options: RunOptions, number: int) -> RunFolder:
    """The folder of one network of the run, to be read.

    Raises OptionError for a number that none has, and RunError as `member_folders`.
    """
    if not 1 <= number <= options.members:
        single = options.members == 1
        raise OptionError(
            "member",
            expected="an ensemble" if single else f"a network from 1 to {options.members}",
            got="a run of a single network" if single else str(number),
            remedy="leave it out" if single else "",
        )
    return folder if number == 1 else check_member(folder, number)


def check_member(folder: RunFolder, number: int) -> RunFolder:
    """The folder of a further network; RunError unless it has the settings of the run.

    The number of epochs, and where the data are, may change when a run is resumed.
    """
    path = member_path(folder.path, number)
    if not os.path.lexists(path):
        raise RunError(
            str(path),
            expected="a network of the ensemble",
            got="none, since the training was interrupted",
            remedy=f"go on with: chainrule train --resume {folder.path}",
        )
    try:
        check_folder(path.parent)
        check_folder(path)
    except OSError as error:
        raise _unreadable(path, error) from None
    member = RunFolder.read(path)
    if _settings(member.config) != _settings(folder.config) | {"member": number}:
        raise RunError(
            str(path),
            expected=f"network {number} of the ensemble, with the settings of the run",
            got="another one",
            remedy="restore it from a copy, or remove it and resume the run",
        )
    return member


def averaged(outputs: Sequence[Array], task: str) -> Array:
    """The outputs of an ensemble by those of its networks, each `(n, outputs)`.

    Numbers are averaged.  For classes, probabilities are averaged and returned as logits, the
    logarithms of the means.

    >>> logits = averaged([np.log([[0.9, 0.1]]), np.log([[0.5, 0.5]])], "classification")
    >>> np.exp(logits).round(6)
    array([[0.7, 0.3]])

    Hansen, Salamon: Neural network ensembles, IEEE Transactions on Pattern Analysis and Machine
    Intelligence 12, 1990.  Lakshminarayanan, Pritzel, Blundell: Simple and scalable predictive
    uncertainty estimation using deep ensembles, NeurIPS 2017.
    """
    if len(outputs) == 1:
        return outputs[0]
    if task == "regression":
        return np.mean(outputs, axis=0)
    return np.logaddexp.reduce([*map(log_softmax, outputs)], axis=0) - np.log(len(outputs))


def _settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """What the networks of an ensemble have in common, and which of them it is."""
    data, training = dict(config.get("data", {})), dict(config.get("training", {}))
    data.pop("source", None)
    training.pop("epochs", None)
    member = training.pop("member", 1)
    others = {name: config.get(name) for name in ("format", "fingerprint", "encoder", "reading")}
    return {**others, "data": data, "training": training, "member": member}


def _unreadable(path: Path, error: OSError) -> RunError:
    return RunError(
        str(error.filename or path),
        expected="a folder that can be read and written",
        got=error.strerror or str(error),
        remedy="check the path, its permissions and the space on the disk",
    )
