"""`chainrule bench --scaling`: up to which size chainrule is the fastest."""

from __future__ import annotations

import dataclasses
import json as encoder
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from chainrule.cli.output.result_folder import prepare_folder, write_files
from chainrule.errors import OptionError

__all__ = ["compare_sizes"]


def compare_sizes(
    names: Sequence[str],
    contestants: Sequence[str],
    threads: int,
    output: Path | None,
    json: bool,
    say: Callable[[str], None],
) -> None:
    """Time ever larger networks beside other libraries; print the result, and write it."""
    from chainrule.bench.contestants import CONTESTANTS
    from chainrule.bench.libraries.host import measure_host
    from chainrule.bench.libraries.host_report import host_lines
    from chainrule.bench.libraries.largest_wins import (
        FOLLOWED,
        largest_wins_report,
        measure_largest_wins,
        variants,
    )
    from chainrule.bench.libraries.plan import Plan, check
    from chainrule.bench.processes.machine import available_processors, measurable
    from chainrule.bench.workloads import select_workloads

    plan = Plan(dict(os.environ), tuple(contestants) or tuple(CONTESTANTS), on_progress=say)
    check([threads], plan)
    selected = select_workloads(names or FOLLOWED)
    for workload in selected:
        if not variants(workload):
            raise OptionError(
                "workload", expected="workloads that train, with --scaling", got=workload.name
            )
    (most,), notes = measurable([threads], available_processors())
    if output is not None:
        prepare_folder(output)
    host = measure_host([most], plan)
    points = measure_largest_wins(selected, most, plan)
    lines = [*host_lines({most: host}), *notes]
    page = "\n".join(f"- {line}" for line in lines) + "\n\n" + largest_wins_report(points) + "\n"
    found = {"host": host, "threads": most, "points": [dataclasses.asdict(p) for p in points]}
    entries = encoder.dumps(found, indent=2) + "\n"
    print(entries if json else page, end="")
    if output is not None:
        write_files(output, {"largest-wins.md": page, "largest-wins.json": entries})
