"""The progress of a bench: a bar in a terminal, about LINES lines in a pipe."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from chainrule.cli.output.formatting import printable

__all__ = ["part_progress"]

LINES = 20
"""The approximate number of progress lines without a terminal."""


@contextlib.contextmanager
def part_progress(total: int) -> Iterator[Callable[[int, str], None]]:
    """A function that shows how many parts are done and which is next, as a bar or as lines."""
    console = Console(stderr=True)
    if not console.is_terminal or console.is_dumb_terminal:
        every = max(1, total // LINES)

        def line(done: int, words: str) -> None:
            if done % every == 0:
                text = f"{100 * done / total:.0f} % done, next {words}"
                print(printable(text), file=sys.stderr, flush=True)

        yield line
        return
    columns = (BarColumn(bar_width=20), TextColumn("{task.description}"), TimeRemainingColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        row = bar.add_task("starting", total=total)

        def show(done: int, words: str) -> None:
            bar.update(row, completed=done, description=words)

        yield show
