"""Training from a data source into a run folder, and resuming it."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar, final

from chainrule.train.figures import to_files
from chainrule.train.loop.callbacks import Callback, Callbacks, Progress
from chainrule.train.loop.history import EpochRecord
from chainrule.train.loop.session import Session
from chainrule.train.loop.training_report import Report
from chainrule.train.options import RunOptions
from chainrule.train.options.stored_options import StoredOptions
from chainrule.train.runs.domain import Domain, Judgement, Material
from chainrule.train.runs.fold_training import FoldTraining
from chainrule.train.runs.members import check_member, member_path, prepare_members
from chainrule.train.runs.resumed_options import (
    check_epochs,
    resumed_options,
    with_absolute_paths,
)
from chainrule.train.runs.run_config import (
    DEFAULT_KIND,
    check_options,
    read_checkpoint,
    read_config,
    with_settings_digest,
)
from chainrule.train.runs.run_folder import RunFolder, default_path
from chainrule.train.runs.tables.table_domain import TABLES
from chainrule.train.steps.hooks import Hook
from chainrule.train.storage.checkpoint import Checkpoint

__all__ = ["SaveInterval", "TrainingRun"]

Options = TypeVar("Options", bound=StoredOptions)


@dataclasses.dataclass(frozen=True)
class SaveInterval:
    """How often a run is saved.

    seconds  between two saves if saving is quick: the training time that a kill may cost
    share    of the time that saving may take; on a slow disk, a run is saved less often
    """

    seconds: float = 0.5
    share: float = 0.05

    def after(self, took: float) -> float:
        """The seconds until the next save, if the last one took so long."""
        return max(self.seconds, took / self.share)


@final
class TrainingRun(Generic[Options]):
    """A training and its run folder: `start` or `resume` it, then `train`.

    `chosen` are the options of a run that has started which were not given, by their names.

    Use it as a context manager: the folder is locked while it is open.
    """

    saving = SaveInterval()

    def __init__(
        self,
        folder: RunFolder,
        domain: Domain[Options],
        options: Options,
        material: Material,
        session: Session,
    ) -> None:
        self.folder, self.domain, self.options = folder, domain, options
        self.material, self.dataset, self.session = material, material.dataset, session
        self.folds: FoldTraining | None = None
        self.history = folder.whole_history(session.loop.epoch)
        self.chosen: dict[str, Any] = {}

    @classmethod
    def start(
        cls,
        options: Options,
        path: Path | None = None,
        hooks: Sequence[Hook] = (),
        memory: int | None = None,
        domain: Domain[Options] = TABLES,
    ) -> TrainingRun[Options]:
        """Start a run in the folder `path`, by default one named by the data and time.

        `hooks` see the gradients of its steps; the data may take `memory` bytes.  Raises the
        errors of loading the data, the model and the optimizer before anything is written.
        """
        options = with_absolute_paths(options)
        material = domain.load(options, memory)
        dataset = material.dataset
        fingerprint = dataset.source_fingerprint  # now: it needs the table, which may be large
        options, chosen = domain.choose(options, material)
        session = _session(domain, options, material, hooks)
        check_options(options.to_tables(), domain)
        config = {
            **({} if domain.name == DEFAULT_KIND else {"kind": domain.name}),
            **options.to_tables(),
            "fingerprint": fingerprint,
            "encoder": material.coder.to_dict(),
        }
        if material.reading is not None:
            config["reading"] = dict(material.reading)
        table = domain.fold_table(options, memory)
        folder = RunFolder.create(
            path or default_path(dataset.name.rpartition("/")[2]),
            config,
            with_settings_digest(session.loop.checkpoint(), config),
            exact=path is not None,
        )
        run = cls(folder, domain, options, material, session)
        if table is not None:
            assert isinstance(options, RunOptions), "only tables have folds"
            run.folds = FoldTraining(folder, options, table, session.metric, hooks)
        run.chosen = chosen
        return run

    @classmethod
    def resume(
        cls,
        path: Path,
        epochs: int | None = None,
        source: str | None = None,
        hooks: Sequence[Hook] = (),
        memory: int | None = None,
        test: str | None = None,
        domain: Domain[Options] = TABLES,
    ) -> TrainingRun[Options]:
        """Resume the run in `path` exactly where its checkpoint ends, up to `epochs`.

        `source` is the path of the data, if they have moved, and `test` that of the test rows;
        `hooks` see the gradients of the steps from now on.  Raises RunError if the folder cannot
        be read, or its settings or the data have changed.
        """
        folder = RunFolder.resume(Path(os.path.abspath(path)))
        try:
            options, _, _ = read_config(folder, domain)
            checkpoint = read_checkpoint(folder)
            moved = {k: v for k, v in (("source", source), ("test", test)) if v is not None}
            options = resumed_options(options, moved, epochs)
            check_epochs(options.epochs, checkpoint)
            material = domain.reload(options, folder.config, memory)
            run = cls._restored(folder, domain, options, material, checkpoint, hooks)
            table = domain.fold_table(options, memory, folder.config)
            if table is not None:
                assert isinstance(options, RunOptions), "only tables have folds"
                run.folds = FoldTraining(folder, options, table, run.session.metric, hooks)
            return run
        except BaseException:
            folder.close()
            raise

    def member(self, number: int) -> TrainingRun[Options]:
        """The run of another network of the ensemble: begun, or resumed where its checkpoint ends.

        It has the data and the settings of this one.  Raises RunError where its folder cannot be
        read or is that of another run.
        """
        options = dataclasses.replace(self.options, member=number)
        path = member_path(self.folder.path, number)
        config = {**self.folder.config, **options.to_tables()}
        if not os.path.lexists(path):
            session = _session(self.domain, options, self.material)
            checkpoint = with_settings_digest(session.loop.checkpoint(), config)
            prepare_members(self.folder.path)
            folder = RunFolder.create(path, config, checkpoint)
            return TrainingRun(folder, self.domain, options, self.material, session)
        check_member(self.folder, number)
        folder = RunFolder.resume(path)
        try:
            checkpoint = read_checkpoint(folder)
            check_epochs(options.epochs, checkpoint)
            return self._restored(folder, self.domain, options, self.material, checkpoint)
        except BaseException:
            folder.close()
            raise

    @classmethod
    def _restored(
        cls,
        folder: RunFolder,
        domain: Domain[Options],
        options: Options,
        material: Material,
        checkpoint: Checkpoint,
        hooks: Sequence[Hook] = (),
    ) -> TrainingRun[Options]:
        """The run in an open folder, from its checkpoint on; its new settings are written last.

        So a run that cannot be resumed stays unchanged.
        """
        session = _session(domain, options, material, hooks)
        session.loop.restore(checkpoint)
        tables, config = options.to_tables(), folder.config
        stored = {**config["data"], "epochs": config["training"].get("epochs")}
        if any(getattr(options, name) != stored.get(name) for name in (*options.paths, "epochs")):
            check_options(tables, domain)
            folder.write_config({**config, **tables})
        return cls(folder, domain, options, material, session)

    @property
    def epochs(self) -> int:
        """The number of epochs after which the training ends, if nothing ends it before."""
        assert self.options.epochs is not None, "chosen when the run started"
        return self.options.epochs

    def __enter__(self) -> TrainingRun:
        return self

    def __exit__(self, *_: object) -> None:
        self.folder.close()

    def train(self, functions: Callbacks | None = None, callbacks: Sequence[Callback] = ()) -> bool:
        """Train to the last epoch, saving regularly; False if a callback asked to stop before it.

        The run folder then holds the final state, or, if steps were cut off, the last saved one.
        """
        functions = functions or Callbacks()
        loop = self.session.loop
        unsaved: list[EpochRecord] = []
        due = time.monotonic() + self.saving.seconds

        def save() -> None:
            nonlocal due
            began = time.monotonic()
            self.folder.save(with_settings_digest(loop.checkpoint(), self.folder.config), *unsaved)
            unsaved.clear()
            now = time.monotonic()
            due = now + self.saving.after(now - began)

        def on_progress(progress: Progress) -> None:
            if time.monotonic() > due:
                save()
            functions.on_progress(progress)

        def on_epoch(record: EpochRecord) -> None:
            self.history.append(record)
            unsaved.append(record)
            functions.on_epoch(record)

        try:
            saving = Callbacks(on_progress, on_epoch, functions.stop)
            return loop.run(self.epochs, saving, callbacks)
        finally:
            if loop.consistent:
                save()
            self.session.show_best()
            self.session.stepper.store()

    def report(self) -> Report:
        """The report of the training so far."""
        report = self.session.report(self.history, str(self.folder.path))
        found = None if self.folds is None else self.folds.summary()
        return dataclasses.replace(report, cross_validation=found)

    def judgement(self, predict: Callable[[Any], Any] | None = None) -> Judgement:
        """How good the network is so far on held-out data, beside simple models.

        `predict` returns the outputs to be judged, by default those of this network.
        """
        self.session.show_best()
        return self.domain.judge(self, predict or self.session.stepper.predict)

    def draw(
        self,
        failed: Callable[[Exception], None] | None = None,
        formats: Collection[str] = ("png",),
        predict: Callable[[Any], Any] | None = None,
    ) -> list[Path]:
        """Write the figures of the run, each in these formats, `png` or `svg`; returns their paths.

        `predict` returns the outputs that they show, by default those of this network.
        With `failed`, it is called with an error instead of raising it, and ends the drawing: the
        run is complete without figures.
        """
        paths: list[Path] = []
        if not self.history or not formats:
            return paths
        try:
            self.session.show_best()
            self.session.stepper.store()
            predict = predict or self.session.stepper.predict
            for name, figure in self.domain.figures(self, predict):
                for ending, content in to_files(figure, formats).items():
                    paths.append(self.folder.write_figure(f"{name}.{ending}", content))
        except Exception as error:  # matplotlib, its settings, fonts, the disk: anything
            if failed is None:
                raise
            failed(error)
        return paths


def _session(
    domain: Domain[Options], options: Options, material: Material, hooks: Sequence[Hook] = ()
) -> Session:
    """The training of a run's untrained network, with the seed of this network."""
    network = domain.network(options, material.coder)
    seeded = dataclasses.replace(options, seed=options.own_seed)
    return domain.session(seeded, material, network, hooks)
