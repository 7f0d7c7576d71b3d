"""A run is a folder.

    config.toml         settings, data, the fitted encoder: what was asked for
    model.safetensors   the checkpoint: parameters, buffers, the optimizer's state, counters
    history.jsonl       one line an epoch
    figures/            pictures
    run.lock            held by the process that is training

A run can be killed at any moment. The folder is prepared under another name and appears, complete
with the checkpoint of epoch 0, by one rename. After that only three things are written: lines are
added to the history, *then* the checkpoint is replaced; figures come last. So the history may be
ahead of the checkpoint, never behind it, and what is ahead is cut off when the run is continued.
"""

from __future__ import annotations

import contextlib
import os
import re
import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, final

from chainrule.errors import RunError
from chainrule.train.loop.history import EpochRecord, from_lines, to_lines
from chainrule.train.storage import atomic, staging
from chainrule.train.storage.checkpoint import Checkpoint
from chainrule.train.storage.lock import Lock

__all__ = ["RunFolder", "default_path"]

CONFIG, MODEL, HISTORY, FIGURES, LOCK = (
    "config.toml",
    "model.safetensors",
    "history.jsonl",
    "figures",
    "run.lock",
)
FORMAT = 1


def default_path(name: str, when: datetime | None = None, parent: str | Path = "runs") -> Path:
    """The folder of a run that was given none: what it learns from, and the time it began.

    >>> print(default_path("digits", datetime(2026, 11, 20, 9, 15)))
    runs/digits-20261120-091500
    """
    word = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-") or "run"
    return Path(parent) / f"{word}-{when or datetime.now():%Y%m%d-%H%M%S}"


@final
class RunFolder:
    """A run folder, made by `create`, continued by `resume`, looked at by `read`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     with RunFolder.create(Path(parent) / "run", {"seed": 3}, Checkpoint({})) as run:
    ...         run.save(Checkpoint({}, epoch=1, step=9), EpochRecord(1, 9, 0.5, 0.1, 2.0))
    ...     again = RunFolder.read(run.path)
    ...     again.config["seed"], again.checkpoint().step, again.history()[0].train_loss
    (3, 9, 0.5)
    """

    def __init__(self, path: Path, config: Mapping[str, Any], lock: Lock | None) -> None:
        self.path, self.config, self._lock = path, dict(config), lock

    @classmethod
    def create(
        cls,
        path: Path,
        config: Mapping[str, Any],
        checkpoint: Checkpoint,
        *,
        exact: bool = True,
    ) -> RunFolder:
        """A new run in the folder `path`, with its checkpoint of epoch 0, locked for this process.

        The folder must not exist, or be empty; with `exact=False`, `path-2`, `path-3`, … are taken
        where it does. Raises `RunError` where it has content or cannot be written.
        """
        config = {"format": FORMAT, **{k: v for k, v in config.items() if k != "format"}}
        with _reported(path):
            # Through symbolic links, so that the rename replaces a folder and not a link to one.
            path = Path(os.path.realpath(path))
            if exact:
                _check_free(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            with staging.stage(path.parent, LOCK) as (stage, lock):
                (stage / FIGURES).mkdir()
                atomic.write(stage / CONFIG, _toml(config))
                atomic.write(stage / HISTORY, b"")
                atomic.write(stage / MODEL, checkpoint.to_bytes())
                path = staging.settle(stage, path, exact=exact)
        return cls(path, config, lock)

    @classmethod
    def resume(cls, path: Path) -> RunFolder:
        """The run in `path`, locked for this process; what a kill left unfinished is removed.

        Raises `RunError` where there is no run, it cannot be read, or another process writes it.
        """
        run = cls.read(path)
        with _reported(path):
            run._lock = Lock(path / LOCK)
            try:
                atomic.remove_leftovers(path)
                (path / FIGURES).mkdir(exist_ok=True)
                atomic.remove_leftovers(path / FIGURES)
                epoch = run.checkpoint().epoch
                lines = to_lines(record for record in run.history() if record.epoch <= epoch)
                if lines != _content(path / HISTORY):
                    atomic.write(path / HISTORY, lines)
            except BaseException:
                run.close()
                raise
        return run

    @classmethod
    def read(cls, path: Path) -> RunFolder:
        """The run in `path`, to look at: nothing is changed and nothing locked.

        Raises `RunError` where there is no run or its configuration cannot be read.
        """
        file = path / CONFIG
        if not path.is_dir() or not file.is_file():
            raise RunError(
                str(path),
                expected=f"a run folder, with {CONFIG} and {MODEL} in it",
                got="no such folder" if not path.exists() else f"no {CONFIG} in it",
                remedy="name a folder that `chainrule train` made",
            )
        with _reported(path):
            content = file.read_bytes()
        try:
            config = tomllib.loads(content.decode())
        except ValueError as error:  # TOML and UTF-8 errors are both of this kind
            raise RunError(
                str(file),
                expected="TOML",
                got=f"text that is not ({error})",
                remedy="correct it, or restore it from a copy",
            ) from None
        if config.get("format") != FORMAT:
            raise RunError(
                str(file),
                expected=f"a run of format {FORMAT}",
                got=f"format {config['format']!r}" if "format" in config else "no format",
                remedy="name a folder that this version of chainrule made",
            )
        return cls(path, config, None)

    def checkpoint(self) -> Checkpoint:
        """The last checkpoint; `RunError` where it is missing, truncated or damaged."""
        file = self.path / MODEL
        with _reported(file):
            return Checkpoint.from_bytes(file.read_bytes(), str(file))

    def history(self) -> list[EpochRecord]:
        """The records of all epochs, which may be ahead of the checkpoint after a kill."""
        file = self.path / HISTORY
        with _reported(file):
            return from_lines(_content(file), str(file))

    def save(self, checkpoint: Checkpoint, *records: EpochRecord) -> None:
        """Add the records of the epochs since the last `save`, then replace the checkpoint."""
        self._check_writable()
        content = checkpoint.to_bytes()
        with _reported(self.path):
            if records:
                atomic.append(self.path / HISTORY, to_lines(records))
            atomic.write(self.path / MODEL, content)

    def write_config(self, config: Mapping[str, Any]) -> None:
        """Replace the configuration, such as the number of epochs of a run that goes on longer."""
        self._check_writable()
        config = {**config, "format": FORMAT}
        with _reported(self.path):
            atomic.write(self.path / CONFIG, _toml(config))
        self.config = config

    def write_figure(self, name: str, picture: bytes) -> Path:
        """Write one picture file into `figures/`; returns its path."""
        self._check_writable()
        file = self.path / FIGURES / name
        with _reported(file):
            file.parent.mkdir(exist_ok=True)
            atomic.write(file, picture)
        return file

    def close(self) -> None:
        """Let other processes write this run. A second time does nothing."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _check_writable(self) -> None:
        if self._lock is None:
            raise RunError(
                str(self.path),
                expected="a run opened with create or resume",
                got="one that is only read, or closed",
                remedy="open it with RunFolder.resume",
            )


def _check_free(path: Path) -> None:
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return
    run = (path / CONFIG).is_file() and (path / MODEL).is_file()
    raise RunError(
        str(path),
        expected="a new or empty folder for the run",
        got="a run" if run else "a folder with other files" if path.is_dir() else "a file",
        remedy="continue it with --resume, or name another folder" if run else "name another one",
    )


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""


def _toml(config: Mapping[str, Any]) -> bytes:
    import tomli_w

    return tomli_w.dumps(config).encode()


@contextlib.contextmanager
def _reported(path: Path) -> Any:
    """The system's errors as one line of ours."""
    try:
        yield
    except OSError as error:
        raise RunError(
            str(error.filename or path),
            expected="a folder that can be read and written",
            got=error.strerror or str(error),
            remedy="check the path, its permissions and the space on the disk",
        ) from None
