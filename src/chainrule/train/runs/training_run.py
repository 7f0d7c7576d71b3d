"""Training from a data source into a run folder, and resuming it."""

from __future__ import annotations

import dataclasses
import functools
import os
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, final

import numpy as np

from chainrule.graph import Array
from chainrule.nn import Sequential
from chainrule.train.data.class_weights import compute_class_weights
from chainrule.train.data.dataset import Dataset
from chainrule.train.data.load_dataset import load, prepare, read_source, reload
from chainrule.train.evaluation import Evaluation, evaluate
from chainrule.train.figures import to_files
from chainrule.train.figures.run_figures import run_figures
from chainrule.train.loop.callbacks import Callback, Callbacks, Progress
from chainrule.train.loop.history import EpochRecord
from chainrule.train.loop.session import Session
from chainrule.train.loop.training_report import Report
from chainrule.train.options import RunOptions
from chainrule.train.runs.fold_training import FoldTraining
from chainrule.train.runs.members import check_member, member_path, prepare_members
from chainrule.train.runs.resumed_options import (
    check_epochs,
    check_folds,
    resumed_options,
    with_absolute_paths,
)
from chainrule.train.runs.run_config import (
    check_options,
    read_checkpoint,
    read_config,
    read_reading,
    with_settings_digest,
)
from chainrule.train.runs.run_folder import RunFolder, default_path
from chainrule.train.steps.hooks import Hook
from chainrule.train.storage.checkpoint import Checkpoint

__all__ = ["SaveInterval", "TrainingRun"]


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
class TrainingRun:
    """A training and its run folder: `start` or `resume` it, then `train`.

    `chosen` are the options of a run that has started which were not given, by their names.

    Use it as a context manager: the folder is locked while it is open.
    """

    saving = SaveInterval()

    def __init__(
        self,
        folder: RunFolder,
        options: RunOptions,
        dataset: Dataset,
        session: Session,
        folds: FoldTraining | None = None,
    ) -> None:
        self.folder, self.options, self.dataset, self.session = folder, options, dataset, session
        self.folds = folds
        self.history = folder.whole_history(session.loop.epoch)
        self.chosen: dict[str, Any] = {}

    @classmethod
    def start(
        cls,
        options: RunOptions,
        path: Path | None = None,
        hooks: Sequence[Hook] = (),
        memory: int | None = None,
    ) -> TrainingRun:
        """Start a run in the folder `path`, by default one named by the data and time.

        `hooks` see the gradients of its steps; the table may take `memory` bytes.  Raises the
        errors of `load`, the model and the optimizer before anything is written.
        """
        options = with_absolute_paths(options)
        dataset = load(options, dtype=np.dtype(options.dtype), memory=memory)
        fingerprint = dataset.source_fingerprint  # now: it needs the table, which may be large
        options, chosen = options.choose(len(dataset.train), validated=len(dataset.validation) > 0)
        session = Session(_network(options, dataset), dataset, _seeded(options), hooks=hooks)
        check_options(options.to_tables())
        config = {
            **options.to_tables(),
            "fingerprint": fingerprint,
            "encoder": dataset.encoder.to_dict(),
        }
        if dataset.inference is not None and dataset.inference.reading is not None:
            config["reading"] = dataset.inference.reading.to_dict()
        table = None if options.folds is None else read_source(options, memory)
        if table is not None:  # what would fail after hours fails now
            prepare(table, options, dtype=np.dtype(options.dtype), fold=0)
        folder = RunFolder.create(
            path or default_path(dataset.name.rpartition("/")[2]),
            config,
            with_settings_digest(session.loop.checkpoint(), config),
            exact=path is not None,
        )
        folds = None
        if table is not None:
            folds = FoldTraining(folder, options, table, session.metric, hooks)
        run = cls(folder, options, dataset, session, folds)
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
    ) -> TrainingRun:
        """Resume the run in `path` exactly where its checkpoint ends, up to `epochs`.

        `source` is the path of the data, if they have moved, and `test` that of the test rows;
        `hooks` see the gradients of the steps from now on.  Raises RunError if the folder cannot
        be read, or its settings or the data have changed.
        """
        folder = RunFolder.resume(Path(os.path.abspath(path)))
        try:
            options, encoder, fingerprint = read_config(folder)
            checkpoint = read_checkpoint(folder)
            moved = {k: v for k, v in (("source", source), ("test", test)) if v is not None}
            options = resumed_options(options, moved, epochs)
            check_epochs(options.epochs, checkpoint)
            dtype = np.dtype(options.dtype)
            reading = read_reading(folder)
            dataset = reload(
                options, encoder, fingerprint, dtype=dtype, memory=memory, reading=reading
            )
            if options.folds is not None:
                check_folds(options.folds, dataset.rows)
            run = cls._restored(folder, options, dataset, checkpoint, hooks)
            if options.folds is not None:
                again = functools.partial(read_source, options, memory, reading)
                run.folds = FoldTraining(folder, options, again, run.session.metric, hooks)
            return run
        except BaseException:
            folder.close()
            raise

    def member(self, number: int) -> TrainingRun:
        """The run of another network of the ensemble: begun, or resumed where its checkpoint ends.

        It has the data and the settings of this one.  Raises RunError where its folder cannot be
        read or is that of another run.
        """
        options = dataclasses.replace(self.options, member=number)
        path = member_path(self.folder.path, number)
        config = {**self.folder.config, **options.to_tables()}
        if not os.path.lexists(path):
            model = _network(options, self.dataset)
            session = Session(model, self.dataset, _seeded(options))
            checkpoint = with_settings_digest(session.loop.checkpoint(), config)
            prepare_members(self.folder.path)
            return TrainingRun(
                RunFolder.create(path, config, checkpoint), options, self.dataset, session
            )
        check_member(self.folder, number)
        folder = RunFolder.resume(path)
        try:
            checkpoint = read_checkpoint(folder)
            check_epochs(options.epochs, checkpoint)
            return self._restored(folder, options, self.dataset, checkpoint)
        except BaseException:
            folder.close()
            raise

    @classmethod
    def _restored(
        cls,
        folder: RunFolder,
        options: RunOptions,
        dataset: Dataset,
        checkpoint: Checkpoint,
        hooks: Sequence[Hook] = (),
    ) -> TrainingRun:
        """The run in an open folder, from its checkpoint on; its new settings are written last.

        So a run that cannot be resumed stays unchanged.
        """
        session = Session(_network(options, dataset), dataset, _seeded(options), hooks=hooks)
        session.loop.restore(checkpoint)
        tables, config = options.to_tables(), folder.config
        data, epochs = config["data"], config["training"].get("epochs")
        if (options.source, options.test, options.epochs) != (
            data["source"],
            data.get("test"),
            epochs,
        ):
            check_options(tables)
            folder.write_config({**config, **tables})
        return cls(folder, options, dataset, session)

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

    def evaluation(self, predict: Callable[[Array], Array] | None = None) -> Evaluation:
        """The scores of the network so far on held-out rows, beside those of simple models.

        `predict` returns the outputs to be judged, by default those of this network.
        """
        self.session.show_best()
        weights, y = self.options.class_weights, self.dataset.train.y
        if weights is not None:
            weights = compute_class_weights(weights, y, self.dataset.encoder.target.classes)
        predict, seed = predict or self.session.stepper.predict, self.options.seed
        return evaluate(self.dataset, predict, class_weights=weights, seed=seed)

    def draw(
        self,
        failed: Callable[[Exception], None] | None = None,
        formats: Collection[str] = ("png",),
        predict: Callable[[Array], Array] | None = None,
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
            figures = run_figures(self.history, self.dataset, self.session.model, predict)
            for name, figure in figures:
                for ending, content in to_files(figure, formats).items():
                    paths.append(self.folder.write_figure(f"{name}.{ending}", content))
        except Exception as error:  # matplotlib, its settings, fonts, the disk: anything
            if failed is None:
                raise
            failed(error)
        return paths


def _network(options: RunOptions, dataset: Dataset) -> Sequential:
    """The untrained network for a data set."""
    return options.model(dataset.inputs, dataset.outputs, tables=dataset.encoder.tables)


def _seeded(options: RunOptions) -> RunOptions:
    """The options with the seed of their own network, as a session takes them."""
    return dataclasses.replace(options, seed=options.own_seed)
