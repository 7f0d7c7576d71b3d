"""The trained network of a run, with the options and the coder that it was trained with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, final

from chainrule.nn import Layer
from chainrule.train.runs.domain import Domain
from chainrule.train.runs.run_config import read_checkpoint, read_config
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.runs.training_run import TrainingRun

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Predicted", "Trained"]

Options = TypeVar("Options")
Coding = TypeVar("Coding")


@final
@dataclass(frozen=True, eq=False)
class Trained(Generic[Options, Coding]):
    """What a run has learnt: its options, its coder, and the network with its parameters."""

    folder: RunFolder
    options: Options
    coder: Coding
    network: Layer

    @classmethod
    def read(cls, path: Path, domain: Domain[Any], dtype: Any = None) -> Self:
        """The trained network of the run in `path`, in its own dtype or another.

        Raises RunError where the run cannot be read, or is one of another domain.
        """
        folder = RunFolder.read(path)
        options, coder, _ = read_config(folder, domain)
        network = domain.network(options, coder, dtype)
        network.load(read_checkpoint(folder).model)
        return cls(folder, options, coder, network)

    @classmethod
    def of(cls, run: TrainingRun[Any], dtype: Any = None) -> Self:
        """What a training has learnt so far."""
        coder: Any = run.material.coder
        network = run.domain.network(run.options, coder, dtype)
        state = run.session.stepper.state()
        network.load({**state.parameters, **state.buffers})
        return cls(run.folder, run.options, coder, network)


@final
@dataclass(frozen=True, eq=False)
class Predicted:
    """Predictions as columns of a table, sentences about them, and pictures by name."""

    columns: Mapping[str, Sequence[Any]]
    notes: tuple[str, ...] = ()
    figures: Mapping[str, Figure] = field(default_factory=dict[str, "Figure"])
