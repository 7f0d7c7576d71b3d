"""`chainrule bench --against`: time this checkout and another one in turn."""

from __future__ import annotations

import contextlib
import dataclasses
import json as encoder
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from chainrule.cli.output.formatting import printable
from chainrule.cli.output.result_folder import prepare_folder, write_files

__all__ = ["compare"]

STARTUP = "start-up"
"""The name that selects start-up, used like the name of a workload."""

QUICK_PAIRS = 24

LINES = 20
"""The approximate number of progress lines without a terminal."""


def compare(
    folder: Path,
    python: Path | None,
    names: Sequence[str],
    threads: Sequence[int],
    pairs: int | None,
    quick: bool,
    output: Path | None,
    json: bool,
) -> None:
    """Time this checkout and the one in `folder`; print the result, and write it to `output`."""
    from chainrule.bench.checkouts import rounds
    from chainrule.bench.checkouts.checkout import other_checkout, this_checkout
    from chainrule.bench.checkouts.markdown_report import markdown_report
    from chainrule.bench.workloads import select_workloads

    workloads = [name for name in names if name != STARTUP]
    selected = select_workloads(workloads) if workloads or not names else []
    counts = tuple(dict.fromkeys(threads))
    plan = rounds.Plan(dict(os.environ), counts, startup=not names or STARTUP in names)
    if pairs is not None or quick:
        plan = dataclasses.replace(plan, pairs=QUICK_PAIRS if pairs is None else pairs)
    rounds.check(plan)
    both = this_checkout(), other_checkout(folder, python)
    if output is not None:
        prepare_folder(output)
    with _progress(rounds.count_parts(selected, plan)) as on_progress:
        found = rounds.compare(selected, *both, dataclasses.replace(plan, on_progress=on_progress))
    page, entries = (
        markdown_report(found),
        encoder.dumps(dataclasses.asdict(found), indent=2) + "\n",
    )
    if output is not None:
        write_files(output, {"against.md": page, "against.json": entries})
    print(entries if json else page, end="")


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Callable[[int, str], None]]:
    """A function that shows how many parts are done, as a bar or as about LINES lines."""
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
