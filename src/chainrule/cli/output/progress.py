"""The progress of training: a bar in a terminal, about LINES lines in a pipe."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bar

from chainrule.cli.output.formatting import r_squared
from chainrule.formula.numbers import counted, significant
from chainrule.train.loop.callbacks import Callbacks, Progress
from chainrule.train.loop.history import EpochRecord

if TYPE_CHECKING:
    from chainrule.train.loop.folds.cross_validation import FoldRecord
    from chainrule.train.runs.fold_training import FoldSession
    from chainrule.train.runs.training_run import TrainingRun

__all__ = ["fold_line", "fold_progress", "interrupts", "training_progress"]

LINES = 10
"""The approximate number of lines that a whole training prints without a terminal."""
WIDE = 80
"""The width from which a terminal shows a bar with all figures."""


@contextlib.contextmanager
def training_progress(project: TrainingRun[Any], network: str = "") -> Iterator[Callbacks]:
    """Callbacks that show the progress of training and stop it at the first Ctrl-C.

    `network` says which network of an ensemble is trained.
    """
    console, epochs = Console(stderr=True), project.epochs
    metric = _metric(project)
    with interrupts() as interrupted:
        project.session.prepare()
        if _without_bar(console):
            yield Callbacks(on_epoch=_line_printer(epochs, metric, network), stop=interrupted)
            return
        head = f"{network}, epoch" if network and console.width >= WIDE else "epoch"
        with _bar(console, project.session.loop.epoch, epochs, metric, head) as shown:
            yield dataclasses.replace(shown, stop=interrupted)


@contextlib.contextmanager
def fold_progress(
    project: TrainingRun[Any], fold: FoldSession, interrupted: Callable[[], bool]
) -> Iterator[Callbacks]:
    """The same for a fold: a bar in a terminal, otherwise nothing until it is finished.

    It stops once it is `interrupted`, which is watched from fold to fold.
    """
    console, epochs = Console(stderr=True), project.epochs
    fold.session.prepare()
    if _without_bar(console):
        yield Callbacks(stop=interrupted)
        return
    head = f"fold {fold.number}/{project.options.folds}"
    with _bar(console, 0, epochs, _metric(project), head) as shown:
        yield dataclasses.replace(shown, stop=interrupted)


def fold_line(project: TrainingRun[Any], record: FoldRecord) -> str:
    """A line about a fold that is finished."""
    words = f"fold {record.fold}/{project.options.folds}  {_loss(record.loss)}"
    if (found := _defined(record.metric)) is not None:
        words += f"  {_metric(project)} {r_squared(found)}"
    return f"{words}  ({record.rows:,} row{'s' * (record.rows != 1)} held out)"


def _defined(metric: float | None) -> float | None:
    """The metric where there is one: R² of a single row is NaN."""
    return None if metric is None or math.isnan(metric) else metric


def _metric(project: TrainingRun[Any]) -> str:
    return "accuracy" if project.dataset.task == "classification" else "R²"


def _without_bar(console: Console) -> bool:
    return not console.is_terminal or console.is_dumb_terminal


@contextlib.contextmanager
def _bar(console: Console, done: int, epochs: int, metric: str, head: str) -> Iterator[Callbacks]:
    """Callbacks that show a bar, which begins with the words `head`."""
    wide = console.width >= WIDE
    with Bar(*_columns(wide, head), console=console, transient=True) as bar:
        row = bar.add_task("", total=epochs, completed=done)

        def show(progress: Progress) -> None:
            done = progress.epoch - 1 + progress.batch / (progress.batches or 1)
            words = _figures(progress, metric) if wide else _loss(progress.loss)
            bar.update(row, completed=done, description=words)

        def count(record: EpochRecord) -> None:
            bar.update(row, completed=record.epoch)

        yield Callbacks(on_progress=show, on_epoch=count)


def _columns(wide: bool, head: str) -> list[ProgressColumn]:
    count, words = MofNCompleteColumn(), TextColumn("{task.description}")
    if not wide:  # too narrow for a bar
        return [TextColumn(head), count, words]
    return [TextColumn(head), count, BarColumn(bar_width=10), words, TimeRemainingColumn()]


def _figures(progress: Progress, metric: str) -> str:
    words = _loss(progress.loss)
    if progress.last and (found := _defined(progress.last.validation_metric)) is not None:
        words += f"  val. {metric} {r_squared(found, 3)}"
    return f"{words}  {counted(round(progress.samples_per_second))}/s"


def _loss(value: float) -> str:
    return f"loss {significant(value, 4)}"


def _line_printer(epochs: int, metric: str, network: str = "") -> Any:
    """A callback that prints a line every `epochs / LINES` epochs, and one for the last."""
    every = max(1, epochs // LINES)

    def line(record: EpochRecord) -> None:
        if record.epoch % every and record.epoch != epochs:
            return
        words = f"{network}, " * bool(network)
        words += f"epoch {record.epoch}/{epochs}  {_loss(record.train_loss)}"
        if (found := _defined(record.validation_metric)) is not None:
            words += f"  validation {metric} {r_squared(found)}"
        print(words, file=sys.stderr)

    return line


@contextlib.contextmanager
def interrupts() -> Iterator[Callable[[], bool]]:
    """A function that says if SIGINT or SIGTERM was received; a second raises KeyboardInterrupt."""
    pressed = threading.Event()

    def handler(number: int, frame: Any) -> None:
        if pressed.is_set():
            raise KeyboardInterrupt
        pressed.set()

    if threading.current_thread() is not threading.main_thread():
        yield pressed.is_set
        return
    signals = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, handler) for number in signals}
    try:
        yield pressed.is_set
    finally:
        for number, old in before.items():
            signal.signal(number, old)
