"""The folder of a run, which can be killed at any moment.

    config.toml         the settings of data and training, and the fitted encoder
    model.safetensors   the checkpoint: parameters, buffers, the optimizer's state, counters
    history.jsonl       one line for each epoch
    folds.jsonl         with --folds, one line for each finished fold
    report.json         the report of the last training that came to its end
    figures/            images
    members/            the further networks of an ensemble, each a run folder called 2, 3, …
    run.lock            held by the process that is training

The folder is prepared under another name and appears, complete with the checkpoint of epoch 0, by
one rename. After that, lines are appended to the history, *then* the checkpoint is replaced, and
figures come last. So the history may be ahead of the checkpoint but never behind it; the surplus is
cut off when the run is resumed.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, final

from chainrule.errors import RunError
from chainrule.train.loop.folds import fold_lines
from chainrule.train.loop.folds.cross_validation import FoldRecord
from chainrule.train.loop.history import EpochRecord, from_lines, to_lines
from chainrule.train.storage import atomic, staging
from chainrule.train.storage.checkpoint import Checkpoint
from chainrule.train.storage.config_text import parse_config, write_config
from chainrule.train.storage.lock import Lock
from chainrule.train.storage.regular_files import check_folder, read_regular

__all__ = ["RunFolder", "default_path"]

CONFIG, MODEL, HISTORY, FOLDS, REPORT, FIGURES, LOCK = (
    "config.toml",
    "model.safetensors",
    "history.jsonl",
    "folds.jsonl",
    "report.json",
    "figures",
    "run.lock",
)
FORMAT = 1


def default_path(name: str, when: datetime | None = None, parent: str | Path = "runs") -> Path:
    """The default folder of a run, named after its data and the time it began.

    >>> print(default_path("digits", datetime(2026, 11, 20, 9, 15)))
    runs/digits-20261120-091500
    """
    word = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-") or "run"
    return Path(parent) / f"{word}-{when or datetime.now():%Y%m%d-%H%M%S}"


@final
class RunFolder:
    """A run folder: `create` a new one, `resume` one for writing, or only `read` one.

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
        """Create a run in the folder `path` with its checkpoint of epoch 0, and lock it.

        The folder must not exist, or be empty; with `exact=False`, the first free one of `path-2`,
        `path-3`, … is used instead. Raises `RunError` if the folder has content or cannot be
        written.
        """
        config = {"format": FORMAT, **{k: v for k, v in config.items() if k != "format"}}
        with _os_errors_as_run_errors(path):
            # With symbolic links resolved, so that the rename replaces a folder, not a link to it.
            path = Path(os.path.realpath(path))
            if exact:
                _check_free(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            with staging.stage(path.parent, LOCK) as (stage, lock):
                (stage / FIGURES).mkdir()
                atomic.write(stage / CONFIG, write_config(config))
                atomic.write(stage / HISTORY, b"")
                atomic.write(stage / MODEL, checkpoint.to_bytes())
                path = staging.settle(stage, path, exact=exact)
        return cls(path, config, lock)

    @classmethod
    def resume(cls, path: Path) -> RunFolder:
        """Open the run in `path` for writing: lock it and remove what a kill left unfinished.

        Raises `RunError` if there is no run, it cannot be read, or another process is writing it.
        """
        run = cls.read(path)
        with _os_errors_as_run_errors(path):
            run._lock = Lock(path / LOCK)
            try:
                atomic.remove_leftovers(path)
                (path / FIGURES).mkdir(exist_ok=True)
                check_folder(path / FIGURES)
                atomic.remove_leftovers(path / FIGURES)
                epoch = run.checkpoint().epoch
                lines = to_lines(record for record in run.history() if record.epoch <= epoch)
                # also where it shares its content with a file elsewhere: it will be appended to
                if lines != _content_or_empty(path / HISTORY) or _is_shared(path / HISTORY):
                    atomic.write(path / HISTORY, lines)
                folds = fold_lines.to_lines(run.folds().values())
                if folds != _content_or_empty(path / FOLDS) or _is_shared(path / FOLDS):
                    atomic.write(path / FOLDS, folds)
            except BaseException:
                run.close()
                raise
        return run

    @classmethod
    def read(cls, path: Path) -> RunFolder:
        """Open the run in `path` for reading: nothing is changed or locked.

        Raises `RunError` if there is no run or its configuration cannot be read.
        """
        file = path / CONFIG
        if not os.path.isdir(path) or not os.path.isfile(file):
            raise RunError(
                str(path),
                expected=f"a run folder, with {CONFIG} and {MODEL} in it",
                got="no such folder" if not os.path.exists(path) else f"no {CONFIG} in it",
                remedy="name a folder that `chainrule train` made",
            )
        with _os_errors_as_run_errors(path):
            content = read_regular(file)
        try:
            config = parse_config(content.decode())
        except ValueError as error:  # the class of TOML, JSON and UTF-8 errors
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
        """The last checkpoint; `RunError` if it is missing, truncated or damaged."""
        file = self.path / MODEL
        with _os_errors_as_run_errors(file):
            return Checkpoint.from_bytes(read_regular(file), str(file))

    def history(self) -> list[EpochRecord]:
        """The records of all epochs; after a kill they may be ahead of the checkpoint."""
        file = self.path / HISTORY
        with _os_errors_as_run_errors(file):
            return from_lines(_content_or_empty(file), str(file))

    def folds(self) -> dict[int, tuple[int, FoldRecord]]:
        """The results of the finished folds by number, each with the epochs asked for."""
        file = self.path / FOLDS
        with _os_errors_as_run_errors(file):
            return fold_lines.from_lines(_content_or_empty(file), str(file))

    def whole_history(self, epoch: int) -> list[EpochRecord]:
        """The records up to the epoch of the checkpoint; `RunError` unless each has one."""
        kept = [record for record in self.history() if record.epoch <= epoch]
        if [record.epoch for record in kept] != list(range(1, epoch + 1)):
            raise RunError(
                str(self.path / HISTORY),
                expected=f"a line for each of the {epoch} epochs of the checkpoint",
                got=f"{len(kept)} of them",
                remedy="restore the file from a copy",
            )
        return kept

    def save(self, checkpoint: Checkpoint, *records: EpochRecord) -> None:
        """Append the records of the epochs since the last `save`, then replace the checkpoint."""
        self._check_writable()
        content = checkpoint.to_bytes()
        with _os_errors_as_run_errors(self.path):
            if records:
                atomic.append(self.path / HISTORY, to_lines(records))
            atomic.write(self.path / MODEL, content)

    def save_fold(self, epochs: int, record: FoldRecord) -> None:
        """Append the result of a fold that was trained with so many `epochs`."""
        self._check_writable()
        with _os_errors_as_run_errors(self.path):
            atomic.append(self.path / FOLDS, fold_lines.to_lines([(epochs, record)]))

    def write_config(self, config: Mapping[str, Any]) -> None:
        """Replace the configuration, for example to train for more epochs."""
        self._check_writable()
        config = {**config, "format": FORMAT}
        with _os_errors_as_run_errors(self.path):
            atomic.write(self.path / CONFIG, write_config(config))
        self.config = config

    def write_report(self, text: str) -> None:
        """Write the report of a training that has ended, as JSON."""
        self._check_writable()
        with _os_errors_as_run_errors(self.path):
            atomic.write(self.path / REPORT, f"{text}\n".encode())

    def write_figure(self, name: str, image: bytes) -> Path:
        """Write one image file into `figures/`; returns its path."""
        self._check_writable()
        file = self.path / FIGURES / name
        with _os_errors_as_run_errors(file):
            file.parent.mkdir(exist_ok=True)
            check_folder(file.parent)
            atomic.write(file, image)
        return file

    def close(self) -> None:
        """Release the lock, so that other processes can write this run; idempotent."""
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


def _is_shared(file: Path) -> bool:
    """Whether a file is also one of another name, by a hard link."""
    return file.exists() and file.stat().st_nlink > 1


def _content_or_empty(file: Path) -> bytes:
    try:
        return read_regular(file)
    except FileNotFoundError:
        return b""


@contextlib.contextmanager
def _os_errors_as_run_errors(path: Path) -> Any:
    """Turn an OSError into a RunError, which is reported in one line."""
    try:
        yield
    except OSError as error:
        raise RunError(
            str(error.filename or path),
            expected="a folder that can be read and written",
            got=error.strerror or str(error),
            remedy="check the path, its permissions and the space on the disk",
        ) from None
