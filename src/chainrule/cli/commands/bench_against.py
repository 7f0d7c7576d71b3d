"""`chainrule bench --against`: time this checkout and another one in turn."""

from __future__ import annotations

import dataclasses
import json as encoder
import os
from collections.abc import Sequence
from pathlib import Path

from chainrule.cli.output.part_progress import part_progress
from chainrule.cli.output.result_folder import prepare_folder, write_files

__all__ = ["compare"]

STARTUP = "start-up"
"""The name that selects start-up, used like the name of a workload."""

QUICK_PAIRS = 24


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
    from chainrule.bench.processes.machine import available_processors, measurable
    from chainrule.bench.workloads import select_workloads

    workloads = [name for name in names if name != STARTUP]
    selected = select_workloads(workloads) if workloads or not names else []
    plan = rounds.Plan(dict(os.environ), threads, startup=not names or STARTUP in names)
    if pairs is not None or quick:
        plan = dataclasses.replace(plan, pairs=QUICK_PAIRS if pairs is None else pairs)
    rounds.check(plan)
    counts, notes = measurable(threads, available_processors())
    plan = dataclasses.replace(plan, threads=counts, notes=notes)
    both = this_checkout(), other_checkout(folder, python)
    if output is not None:
        prepare_folder(output)
    with part_progress(rounds.count_parts(selected, plan)) as on_progress:
        found = rounds.compare(selected, *both, dataclasses.replace(plan, on_progress=on_progress))
    page, entries = (
        markdown_report(found),
        encoder.dumps(dataclasses.asdict(found), indent=2) + "\n",
    )
    print(entries if json else page, end="")
    if output is not None:
        write_files(output, {"against.md": page, "against.json": entries})
