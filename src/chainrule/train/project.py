"""Projects: training from a data source into a run folder, and continuing it."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, final

import numpy as np

from chainrule.errors import OptionError, RunError
from chainrule.nn import Sequential, mlp
from chainrule.train import optimizers
from chainrule.train.clipping import Clipping
from chainrule.train.data import Dataset, DataSettings, load, reload
from chainrule.train.encoding import Encoder
from chainrule.train.figures import gradient_norms, loss_curve, to_png
from chainrule.train.fit import Session, check_epochs
from chainrule.train.history import EpochRecord
from chainrule.train.loop import Watcher
from chainrule.train.report import Report
from chainrule.train.run_folder import RunFolder, default_path

__all__ = ["Project", "Settings"]

SAVE_SECONDS = 0.5
"""How much training a kill may cost at most."""


@final
@dataclass(frozen=True)
class Settings:
    """The model and how it is trained; a table of the run's config.toml.

    `layers` are the hidden widths, `init` None draws by the activation, `optimizer` holds its name
    and hyperparameters.  Raises OptionError for values out of range.
    """

    layers: tuple[int, ...] = (128, 64)
    activation: str = "relu"
    batch_norm: bool = False
    dropout: float = 0.0
    init: str | None = None
    dtype: str = "float32"
    epochs: int = 40
    batch_size: int | Literal["full"] | None = None
    optimizer: Mapping[str, Any] = field(default_factory=lambda: {"name": "adam"})
    clip_value: float | None = None
    clip_norm: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        check_epochs(self.epochs)
        if self.dtype not in ("float32", "float64"):
            raise OptionError("dtype", expected="float32 or float64", got=repr(self.dtype))

    def to_dict(self) -> dict[str, Any]:
        """As entries for TOML, which has no None."""
        return {k: v for k, v in dataclasses.asdict(self).items() if v is not None}

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> Settings:
        """The inverse of `to_dict`; `RunError` for entries it does not know."""
        known = {f.name for f in dataclasses.fields(cls)}
        if unknown := set(entries) - known:
            raise RunError(
                "training settings",
                expected=f"entries among {', '.join(sorted(known))}",
                got=", ".join(sorted(unknown)),
                remedy="correct config.toml, or train again",
            )
        return cls(**{**entries, "layers": tuple(entries.get("layers", (128, 64)))})

    def model(self, inputs: int, outputs: int, dtype: Any = None) -> Sequential:
        """The untrained network these settings describe."""
        return mlp(
            inputs,
            self.layers,
            outputs,
            activation=self.activation,
            batch_norm=self.batch_norm,
            dropout=self.dropout,
            init=self.init,
            seed=self.seed,
            dtype=np.dtype(dtype or self.dtype),
        )

    def session(self, model: Sequential, dataset: Dataset) -> Session:
        """The training these settings describe."""
        return Session(
            model,
            dataset,
            optimizer=optimizers.from_dict(self.optimizer),
            batch_size=self.batch_size,
            clipping=Clipping(self.clip_value, self.clip_norm),
            seed=self.seed,
        )


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
            session.loop.checkpoint(),
            exact=path is not None,
        )
        return cls(folder, settings, dataset, session)

    @classmethod
    def resume(cls, path: Path, epochs: int | None = None) -> Project:
        """The run in `path`, to go on exactly where its checkpoint stands, up to `epochs`.

        Raises RunError where the folder cannot be read or the data have changed.
        """
        folder = RunFolder.resume(path)
        try:
            data, settings, encoder, fingerprint = read_config(folder)
            if epochs is not None:
                settings = dataclasses.replace(settings, epochs=epochs)
                folder.write_config({**folder.config, "training": settings.to_dict()})
            dataset = reload(data, encoder, fingerprint, dtype=np.dtype(settings.dtype))
            session = settings.session(settings.model(dataset.inputs, dataset.outputs), dataset)
            session.loop.restore(folder.checkpoint())
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

        However it ends, the run folder then holds the state it ended in.
        """
        watcher = watcher or Watcher()
        unsaved: list[EpochRecord] = []
        saved_at = time.monotonic()

        def save() -> None:
            nonlocal saved_at
            self.folder.save(self.session.loop.checkpoint(), *unsaved)
            unsaved.clear()
            saved_at = time.monotonic()

        def on_epoch(record: EpochRecord) -> None:
            self.history.append(record)
            unsaved.append(record)
            if time.monotonic() - saved_at > SAVE_SECONDS:
                save()
            watcher.on_epoch(record)

        try:
            return self.session.loop.run(
                self.settings.epochs, dataclasses.replace(watcher, on_epoch=on_epoch)
            )
        finally:
            save()
            self.session.stepper.store()

    def report(self) -> Report:
        """The figures as they are now."""
        return self.session.report(self.history, str(self.folder.path))

    def draw(self) -> list[Path]:
        """Write the pictures of the run; their paths."""
        if not self.history:
            return []
        unit = "cross-entropy" if self.dataset.task == "classification" else "squared error"
        pictures: dict[str, Callable[[], Any]] = {
            "loss.png": lambda: loss_curve(self.history, unit=f"mean {unit} per row"),
            "gradients.png": lambda: gradient_norms(self.history[-1].gradient_norms),
        }
        return [self.folder.write_figure(name, to_png(draw())) for name, draw in pictures.items()]


def read_config(folder: RunFolder) -> tuple[DataSettings, Settings, Encoder, str]:
    """What a run's configuration says; RunError where a part is missing or cannot be understood."""
    config = folder.config
    missing = [key for key in ("data", "training", "encoder", "fingerprint") if key not in config]
    if missing:
        raise RunError(
            str(folder.path / "config.toml"),
            expected="tables data, training and encoder, and a fingerprint",
            got=f"none called {', '.join(missing)}",
            remedy="restore the file from a copy, or train again",
        )
    return (
        DataSettings.from_dict(config["data"]),
        Settings.from_dict(config["training"]),
        Encoder.from_dict(config["encoder"]),
        str(config["fingerprint"]),
    )
