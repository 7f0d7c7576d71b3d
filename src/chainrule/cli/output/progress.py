"""The progress of training: a bar in a terminal, about LINES lines in a pipe."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
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

from chainrule.formula.numbers import NumberStyle, NumberWriter, counted, significant
from chainrule.train.loop.callbacks import Callbacks, Progress
from chainrule.train.loop.history import EpochRecord

if TYPE_CHECKING:
    from chainrule.train.runs.training_run import TrainingRun

__all__ = ["training_progress"]

LINES = 10
"""The approximate number of lines that a whole training prints without a terminal."""
WIDE = 80
"""The width from which a terminal shows a bar with all figures."""


@contextlib.contextmanager
def training_progress(project: TrainingRun) -> Iterator[Callbacks]:
    """Callbacks that show the progress of training and stop it at the first Ctrl-C."""
    console = Console(stderr=True)
    metric = "accuracy" if project.dataset.task == "classification" else "R²"
    epochs = project.epochs
    with _interrupts() as interrupted:
        project.session.prepare()
        if not console.is_terminal or console.is_dumb_terminal:
            yield Callbacks(on_epoch=_line_printer(epochs, metric), stop=interrupted)
            return
        wide = console.width >= WIDE
        with Bar(*_columns(wide), console=console, transient=True) as bar:
            row = bar.add_task("", total=epochs, completed=project.session.loop.epoch)

            def show(progress: Progress) -> None:
                done = progress.epoch - 1 + progress.batch / (progress.batches or 1)
                words = _figures(progress, metric) if wide else _loss(progress.loss)
                bar.update(row, completed=done, description=words)

            def count(record: EpochRecord) -> None:
                bar.update(row, completed=record.epoch)

            yield Callbacks(on_progress=show, on_epoch=count, stop=interrupted)


def _columns(wide: bool) -> list[ProgressColumn]:
    count, words = MofNCompleteColumn(), TextColumn("{task.description}")
    if not wide:  # too narrow for a bar
        return [TextColumn("epoch"), count, words]
    return [TextColumn("epoch"), count, BarColumn(bar_width=10), words, TimeRemainingColumn()]


def _figures(progress: Progress, metric: str) -> str:
    words = _loss(progress.loss)
    if progress.last is not None and progress.last.validation_metric is not None:
        words += f"  val. {metric} {decimals(progress.last.validation_metric, 3)}"
    return f"{words}  {counted(round(progress.samples_per_second))}/s"


def _loss(value: float) -> str:
    return f"loss {significant(value, 4)}"


def decimals(value: float, places: int) -> str:
    """A number with `places` decimals, or as a power of ten where they would say too little.

    >>> decimals(0.5, 3), decimals(-2.45e80, 3), decimals(3.2e-06, 4)
    ('0.500', '-2.45·10⁸⁰', '3.2·10⁻⁶')
    """
    return NumberWriter(NumberStyle(places), cut={value: -places})(value)


def _line_printer(epochs: int, metric: str) -> Any:
    """A callback that prints a line every `epochs / LINES` epochs, and one for the last."""
    every = max(1, epochs // LINES)

    def line(record: EpochRecord) -> None:
        if record.epoch % every and record.epoch != epochs:
            return
        words = f"epoch {record.epoch}/{epochs}  {_loss(record.train_loss)}"
        if record.validation_metric is not None:
            words += f"  validation {metric} {decimals(record.validation_metric, 4)}"
        print(words, file=sys.stderr)

    return line


@contextlib.contextmanager
def _interrupts() -> Iterator[Any]:
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
