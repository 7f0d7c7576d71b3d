"""Training from a data source into a run folder, and resuming it."""

from __future__ import annotations

import dataclasses
import functools
import os
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import final

import numpy as np

from chainrule.errors import OptionError, RunError
from chainrule.train.data.dataset import Dataset
from chainrule.train.data.load_dataset import load, prepare, read_source, reload
from chainrule.train.data.reading.sklearn_datasets import DATA_SETS
from chainrule.train.figures import to_files
from chainrule.train.figures.run_figures import run_figures
from chainrule.train.loop.callbacks import Callback, Callbacks, Progress
from chainrule.train.loop.history import EpochRecord
from chainrule.train.loop.session import Session
from chainrule.train.loop.training_report import Report
from chainrule.train.options import RunOptions
from chainrule.train.runs.fold_training import FoldTraining
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
        options = _with_absolute_paths(options)
        dataset = load(options, dtype=np.dtype(options.dtype), memory=memory)
        model = options.model(dataset.inputs, dataset.outputs)
        session = Session(model, dataset, options, hooks=hooks)
        check_options(options.to_tables())
        config = {
            **options.to_tables(),
            "fingerprint": dataset.source_fingerprint,
            "encoder": dataset.encoder.to_dict(),
        }
        if dataset.inference is not None and dataset.inference.reading is not None:
            config["reading"] = dataset.inference.reading.to_dict()
        table = None
        if options.folds is not None:
            table = read_source(options, memory)
            # which says now what would fail after hours
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
        return cls(folder, options, dataset, session, folds)

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
            paths = {"source": source, "test": test}
            moved = {name: path for name, path in paths.items() if path is not None}
            if test is not None and options.test is None:
                raise OptionError(
                    "test",
                    expected="nothing: the test rows of this run come from its own data",
                    got=test,
                    remedy="leave it out, or start a new run",
                )
            if moved:
                options = _with_absolute_paths(dataclasses.replace(options, **moved))
            if epochs is not None:
                options = dataclasses.replace(options, epochs=epochs)
            _check_epochs(options.epochs, checkpoint)
            dtype = np.dtype(options.dtype)
            reading = read_reading(folder)
            dataset = reload(
                options, encoder, fingerprint, dtype=dtype, memory=memory, reading=reading
            )
            model = options.model(dataset.inputs, dataset.outputs)
            session = Session(model, dataset, options, hooks=hooks)
            session.loop.restore(checkpoint)
            folds = None
            if options.folds is not None:
                _check_folds(options.folds, dataset.rows)
                again = functools.partial(read_source, options, memory, reading)
                folds = FoldTraining(folder, options, again, session.metric, hooks)
            # Written last, so that a run that cannot be resumed stays unchanged.
            if moved or epochs is not None:
                check_options(options.to_tables())
                folder.write_config({**folder.config, **options.to_tables()})
            return cls(folder, options, dataset, session, folds)
        except BaseException:
            folder.close()
            raise

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
            return loop.run(self.options.epochs, saving, callbacks)
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

    def draw(
        self,
        failed: Callable[[Exception], None] | None = None,
        formats: Collection[str] = ("png",),
    ) -> list[Path]:
        """Write the figures of the run, each in these formats, `png` or `svg`; returns their paths.

        With `failed`, it is called with an error instead of raising it, and ends the drawing: the
        run is complete without figures.
        """
        paths: list[Path] = []
        if not self.history or not formats:
            return paths
        try:
            self.session.show_best()
            self.session.stepper.store()
            figures = run_figures(
                self.history, self.dataset, self.session.model, self.session.stepper.predict
            )
            for name, figure in figures:
                for ending, content in to_files(figure, formats).items():
                    paths.append(self.folder.write_figure(f"{name}.{ending}", content))
        except Exception as error:  # matplotlib, its settings, fonts, the disk: anything
            if failed is None:
                raise
            failed(error)
        return paths


def _with_absolute_paths(options: RunOptions) -> RunOptions:
    """The options with absolute paths, which are valid from any working directory."""
    paths = {"source": options.source, "test": options.test}
    absolute = {
        name: str(Path(path).resolve())
        for name, path in paths.items()
        if path is not None and path not in DATA_SETS and Path(path).is_file()
    }
    return dataclasses.replace(options, **absolute)


def _check_folds(folds: int, rows: int) -> None:
    if folds > rows:
        raise RunError(
            "folds in config.toml",
            expected=f"at most one for each of {rows} rows",
            got=str(folds),
            remedy="undo the changes, or start a new run",
        )


def _check_epochs(epochs: int, checkpoint: Checkpoint) -> None:
    if epochs < checkpoint.epoch:
        raise OptionError(
            "epochs",
            expected=f"at least the {checkpoint.epoch} that are done",
            got=str(epochs),
            remedy="start a new run to train for fewer",
        )
