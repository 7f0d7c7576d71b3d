"""What a run can learn from: the base class of tables, text, series, pairs and images."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, final

from chainrule.nn import Layer
from chainrule.train.data.dataset import Dataset
from chainrule.train.data.table import Table
from chainrule.train.loop.history import EpochRecord
from chainrule.train.loop.session import Session
from chainrule.train.options.stored_options import StoredOptions
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.steps.hooks import Hook
from chainrule.train.storage.schema import Schema

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Coder", "CurrentRun", "Domain", "Judgement", "Material"]

Options = TypeVar("Options", bound=StoredOptions)


class Coder(Protocol):
    """What encodes further data as those of the training; config.toml holds it as `encoder`."""

    def to_dict(self) -> dict[str, Any]:
        """The coder as entries of TOML."""
        ...


@final
@dataclass(frozen=True, eq=False)
class Material:
    """What a run learns from: encoded rows in three parts, and what they were encoded with.

    `notes` say in words what was inferred, one a line; `reading` is how the files were read, as
    entries of config.toml.  `kept` is what else a domain keeps of its data, such as names of files.
    """

    dataset: Dataset
    coder: Coder
    notes: tuple[str, ...] = ()
    reading: Mapping[str, Any] | None = None
    kept: Any = None


class Judgement(Protocol):
    """How good a network is on held-out data, beside simple models."""

    def to_dict(self) -> dict[str, Any]:
        """The judgement as entries for JSON; programs rely on their names."""
        ...


class CurrentRun(Protocol):
    """A run as its domain sees it."""

    @property
    def folder(self) -> RunFolder: ...
    @property
    def options(self) -> Any: ...
    @property
    def material(self) -> Material: ...
    @property
    def session(self) -> Session: ...
    @property
    def history(self) -> Sequence[EpochRecord]: ...


class Domain(ABC, Generic[Options]):
    """A kind of data that runs learn from: how they are read, and which network learns them.

    Everything else about a run (its folder, progress, interruption, resuming) is the same for all.
    The name is that of the entry `kind` in config.toml.
    """

    name: str
    options: type[Options]
    schemas: Mapping[str, Schema]
    """What the tables `data`, `training` and `encoder` of config.toml may hold."""

    @abstractmethod
    def load(self, options: Options, memory: int | None = None) -> Material:
        """Read, check, divide and encode the data that the options name.

        Raises the errors of a user's mistake (DataError, OptionError, UnknownNameError).
        """

    @abstractmethod
    def reload(
        self, options: Options, config: Mapping[str, Any], memory: int | None = None
    ) -> Material:
        """The same data again for a run that has begun, encoded as they were then.

        Raises RunError where they have changed.
        """

    @abstractmethod
    def coder(self, entries: Mapping[str, Any], where: str) -> Coder:
        """What a run encodes its data with, from `encoder` in its config.toml, called `where`.

        The `schemas` have accepted the entries.  Raises RunError where they contradict each other.
        """

    @abstractmethod
    def network(self, options: Options, coder: Any, dtype: Any = None) -> Layer:
        """The untrained network of a run, in its own dtype or another."""

    def choose(self, options: Options, material: Material) -> tuple[Options, dict[str, Any]]:
        """All options, and those of them that were not given, by name."""
        return options, {}

    def session(
        self, options: Options, material: Material, network: Layer, hooks: Sequence[Hook] = ()
    ) -> Session:
        """The training of the network."""
        return Session(network, material.dataset, options, hooks=hooks)

    @abstractmethod
    def judge(self, run: CurrentRun, predict: Callable[[Any], Any]) -> Judgement:
        """How good the network of a run is, whose outputs `predict` returns."""

    @abstractmethod
    def figures(
        self, run: CurrentRun, predict: Callable[[Any], Any]
    ) -> Iterator[tuple[str, Figure]]:
        """The figures of a run of one epoch or more, each with the name of its file."""

    def fold_table(
        self,
        options: Options,
        memory: int | None = None,
        resumed: Mapping[str, Any] | None = None,
    ) -> Table | Callable[[], Table] | None:
        """What the folds of a run are divided from; None where it has none.

        Of a run that is `resumed`, its config.toml is given.
        """
        return None
