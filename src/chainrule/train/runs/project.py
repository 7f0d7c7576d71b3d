"""Projects: training from a data source into a run folder, and continuing it."""

from __future__ import annotations

import dataclasses
import os
import time
from pathlib import Path
from typing import final

import numpy as np

from chainrule.errors import OptionError
from chainrule.train.data.dataset import Dataset, DataSettings, load, reload
from chainrule.train.data.sources import DATA_SETS
from chainrule.train.figures import to_files
from chainrule.train.figures.pictures import pictures
from chainrule.train.loop.epochs import Progress, Watcher
from chainrule.train.loop.fit import Session
from chainrule.train.loop.history import EpochRecord
from chainrule.train.loop.report import Report
from chainrule.train.runs.run_folder import RunFolder, default_path
from chainrule.train.runs.settings import Settings, marked, read_checkpoint, read_config
from chainrule.train.storage.checkpoint import Checkpoint

__all__ = ["Project"]

SAVE_SECONDS = 0.5
"""How much training a kill may cost, as long as saving is quick."""
SAVE_SHARE = 0.05
"""The part of the time that saving may take: a slow disk saves less often."""


@final
class Project:
    """A training with its run folder: made by `start` or `resume`, then `train`.

    Use it as a context manager: the folder is locked while it is open.
    """

    def __init__(
        self, folder: RunFolder, settings: Settings, dataset: Dataset, session: Session
    ) -> None:
        self.folder, self.settings, self.dataset, self.session = folder, settings, dataset, session
        self.history = [r for r in folder.history() if r.epoch <= session.loop.epoch]

    @classmethod
    def start(cls, data: DataSettings, settings: Settings, path: Path | None = None) -> Project:
        """A new run on `data`, in the folder `path` or in one named after the data and the time.

        Raises what `load`, the model and the optimizer raise, before anything is written.
        """
        data = _absolute(data)
        dataset = load(data, dtype=np.dtype(settings.dtype))
        session = settings.session(settings.model(dataset.inputs, dataset.outputs), dataset)
        config = {
            "data": data.to_dict(),
            "training": settings.to_dict(),
            "fingerprint": dataset.source_fingerprint,
            "encoder": dataset.encoder.to_dict(),
        }
        folder = RunFolder.create(
            path or default_path(dataset.name.rpartition("/")[2]),
            config,
            marked(session.loop.checkpoint(), config),
            exact=path is not None,
        )
        return cls(folder, settings, dataset, session)

    @classmethod
    def resume(cls, path: Path, epochs: int | None = None, source: str | None = None) -> Project:
        """The run in `path`, to go on exactly where its checkpoint stands, up to `epochs`.

        `source` is where the data are now, if they have moved.  Raises RunError where the folder
        cannot be read, or its settings or the data have changed.
        """
        folder = RunFolder.resume(Path(os.path.abspath(path)))
        try:
            data, settings, encoder, fingerprint = read_config(folder)
            checkpoint = read_checkpoint(folder)
            if source is not None:
                data = _absolute(dataclasses.replace(data, source=source))
            if epochs is not None:
                settings = dataclasses.replace(settings, epochs=epochs)
            _check_ahead(settings.epochs, checkpoint)
            dataset = reload(data, encoder, fingerprint, dtype=np.dtype(settings.dtype))
            session = settings.session(settings.model(dataset.inputs, dataset.outputs), dataset)
            session.loop.restore(checkpoint)
            # Last, so that what cannot go on is left as it was.
            config = {**folder.config, "data": data.to_dict(), "training": settings.to_dict()}
            if data.source != folder.config["data"]["source"] or epochs is not None:
                folder.write_config(config)
            return cls(folder, settings, dataset, session)
        except BaseException:
            folder.close()
            raise

    def __enter__(self) -> Project:
        return self

    def __exit__(self, *_: object) -> None:
        self.folder.close()

    def train(self, watcher: Watcher | None = None) -> bool:
        """Train to the last epoch, saving as it goes; False where the watcher asked to stop before.

        The run folder then holds the state it ended in; where steps broke off half-way, the last
        one saved before.
        """
        watcher = watcher or Watcher()
        loop = self.session.loop
        unsaved: list[EpochRecord] = []
        due = time.monotonic() + SAVE_SECONDS

        def save() -> None:
            nonlocal due
            began = time.monotonic()
            self.folder.save(marked(loop.checkpoint(), self.folder.config), *unsaved)
            unsaved.clear()
            now = time.monotonic()
            due = now + max(SAVE_SECONDS, (now - began) / SAVE_SHARE)

        def on_progress(progress: Progress) -> None:
            if time.monotonic() > due:
                save()
            watcher.on_progress(progress)

        def on_epoch(record: EpochRecord) -> None:
            self.history.append(record)
            unsaved.append(record)
            watcher.on_epoch(record)

        try:
            return loop.run(self.settings.epochs, Watcher(on_progress, on_epoch, watcher.stop))
        finally:
            if loop.whole:
                save()
            loop.show_best()
            self.session.stepper.store()

    def report(self) -> Report:
        """The figures as they are now."""
        return self.session.report(self.history, str(self.folder.path))

    def draw(self) -> list[Path]:
        """Write the pictures of the run, each as PNG and as SVG; their paths."""
        if not self.history:
            return []
        self.session.loop.show_best()
        self.session.stepper.store()
        drawn = pictures(
            self.history, self.dataset, self.session.model, self.session.stepper.predict
        )
        return [
            self.folder.write_figure(f"{name}.{ending}", content)
            for name, figure in drawn
            for ending, content in to_files(figure).items()
        ]


def _absolute(data: DataSettings) -> DataSettings:
    """A file is found again from another working directory."""
    if data.source in DATA_SETS:
        return data
    path = Path(data.source)
    return dataclasses.replace(data, source=str(path.resolve())) if path.is_file() else data


def _check_ahead(epochs: int, checkpoint: Checkpoint) -> None:
    if epochs < checkpoint.epoch:
        raise OptionError(
            "epochs",
            expected=f"at least the {checkpoint.epoch} that are done",
            got=str(epochs),
            remedy="start a new run to train for fewer",
        )
