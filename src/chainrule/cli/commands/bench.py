"""`chainrule bench`: compare the speed of training with other libraries."""

from __future__ import annotations

import dataclasses
import json as encoder
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from chainrule.cli.output.formatting import harmless, printable
from chainrule.errors import OptionError

if TYPE_CHECKING:
    from chainrule.bench.libraries.results import Run
    from chainrule.bench.libraries.scaling import Point

__all__ = ["register"]

HELP = """Compare the speed of training with other libraries.

Times a training step of networks of several kinds and sizes, here and in those of PyTorch, JAX,
scikit-learn, micrograd and autograd that are installed, after checking that all compute the same.
Beside them: how long chainrule takes to find the ten largest paths to one weight, and to plan
recurrent networks of a thousand steps.
Every library runs with one and with several threads, and PyTorch with threads that wait actively
and passively: its best setting counts. A goal is met, or not met, only if the whole interval of
the ratio says so. A full comparison takes about half an hour, in which the machine should do
nothing else; --quick takes four.

With --scaling lstm, gru, conv and attn grow in length, width and batch, each until another
library is faster: up to which size does chainrule win? That takes about a quarter of an hour.

With --from nothing is timed: results that were written by -o, of one host, are put side by side.

With --against another checkout of chainrule is timed instead, in turn with this one: has a
change made it slower? That takes about a quarter of an hour.

With --commands whole commands are timed, from start to end, in turn with a short scikit-learn
script that does the same.

With --tables it is not the speed but the result that is compared: the accuracy, or R², that
`chainrule train` reaches without options on real tables, beside scikit-learn's networks and
gradient boosting. The tables are files of other packages: see docs/tables.md.

\b
Examples:
  chainrule bench --quick --workload tiny
  chainrule bench --workload wide --workload infer --threads 2
  chainrule bench -o bench-results
  chainrule bench --scaling --workload lstm
  chainrule bench --from monday --from tuesday
  chainrule bench --against ../before
  chainrule bench --against ../before --workload tiny --workload start-up
  chainrule bench --commands --repetitions 15
  chainrule bench --tables --table wage --table iris
"""

THREADS = (2, 1)
TURNS, QUICK_TURNS, QUICK_SECONDS = 36, 6, 0.03
COMMANDS, QUICK_COMMANDS = 7, 3
"""Repetitions of whole commands."""


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("bench", help=HELP)(bench)


def bench(
    workload: list[str] = typer.Option(
        [],
        "--workload",
        metavar="NAME",
        help="tiny, small, mnist, wide, deep, norm, lstm, gru, conv, attn or infer; with --against"
        " also start-up.",
    ),
    contestant: list[str] = typer.Option(
        [], "--contestant", metavar="NAME", help="Only these: chainrule, torch_eager, jax_scan, …"
    ),
    threads: list[int] = typer.Option(
        [], "--threads", metavar="N", help="The most of a contestant.  [default: 2, then 1]"
    ),
    repetitions: int = typer.Option(
        None, "--repetitions", metavar="N", help="Slices of each contestant.  [default: 36]"
    ),
    against: Path = typer.Option(
        None, "--against", metavar="CHECKOUT", help="Compare with this checkout of chainrule."
    ),
    against_python: Path = typer.Option(
        None, "--against-python", metavar="PATH", help="Its Python.  [default: that of its .venv]"
    ),
    pairs: int = typer.Option(
        None, "--pairs", metavar="N", help="Of slices, one of each checkout.  [default: 200]"
    ),
    scaling: bool = typer.Option(
        False, "--scaling", help="Up to which length, width and batch chainrule wins."
    ),
    commands: bool = typer.Option(
        False, "--commands", help="Time whole commands beside a scikit-learn script."
    ),
    tables: bool = typer.Option(
        False, "--tables", help="Compare results on real tables, over 5 splits or --repetitions."
    ),
    table: list[str] = typer.Option(
        [], "--table", metavar="NAME", help="Of --tables only these: wage, iris, …"
    ),
    earlier: list[Path] = typer.Option(
        [], "--from", metavar="FOLDER", help="Time nothing: show these results side by side."
    ),
    quick: bool = typer.Option(False, "--quick", help="A first look, with no figures to rely on."),
    output: Path = typer.Option(
        None,
        "--output",
        "-o",
        metavar="FOLDER",
        help="Write Markdown and JSON files there.",
    ),
    json: bool = typer.Option(
        False, "--json", help="Print the JSON object (a list, for several numbers of threads)."
    ),
) -> None:
    if earlier:
        _reject(
            "with --from", against=against, against_python=against_python, pairs=pairs,
            workload=workload or None, contestant=contestant or None, threads=threads or None,
            commands=commands or None, tables=tables or None, table=table or None,
            scaling=scaling or None, repetitions=repetitions, quick=quick or None, output=output,
            json=json or None,
        )  # fmt: skip
        _show(earlier)
        return
    counts = threads or list(THREADS[:1] if quick else THREADS)
    if tables:
        _reject(
            "with --tables", against=against, against_python=against_python, pairs=pairs,
            workload=workload or None, contestant=contestant or None, threads=threads or None,
            commands=commands or None, scaling=scaling or None,
        )  # fmt: skip
        from chainrule.cli.commands.bench_tables import compare_tables

        compare_tables(table, repetitions, quick, output, json)
        return
    _reject("without --tables", table=table or None)
    if commands:
        _reject(
            "with --commands", against=against, against_python=against_python, pairs=pairs,
            workload=workload or None, contestant=contestant or None, output=output,
            scaling=scaling or None,
        )  # fmt: skip
        _compare_commands(repetitions, counts[0], quick=quick, json=json)
        return
    if against is not None:
        _reject(
            "with --against", contestant=contestant or None, repetitions=repetitions,
            scaling=scaling or None,
        )  # fmt: skip
        from chainrule.cli.commands.bench_against import compare  # loads progress bars

        compare(against, against_python, workload, counts, pairs, quick, output, json)
        return
    _reject("without --against", against_python=against_python, pairs=pairs)
    if scaling:
        _reject("with --scaling", repetitions=repetitions, quick=quick or None)
        from chainrule.cli.commands.bench_scaling import compare_sizes

        compare_sizes(workload, contestant, counts[0], output, json, _say)
        return
    _compare_libraries(workload, contestant, counts, repetitions, quick, output, json)


def _show(folders: Sequence[Path]) -> None:
    """Print earlier results side by side."""
    from chainrule.bench.libraries.side_by_side import read_results, side_by_side

    page = side_by_side({str(folder): read_results(folder) for folder in folders})
    print(harmless(page), end="")


def _compare_libraries(
    workload: Sequence[str],
    contestant: Sequence[str],
    threads: Sequence[int],
    repetitions: int | None,
    quick: bool,
    output: Path | None,
    json: bool,
) -> None:
    """Compare with other libraries; print the result, and write it to `output`."""
    from chainrule.bench.contestants import CONTESTANTS, OURS
    from chainrule.bench.libraries.comparison import run
    from chainrule.bench.libraries.host import measure_host
    from chainrule.bench.libraries.markdown_report import markdown_report
    from chainrule.bench.libraries.plan import Plan, check
    from chainrule.bench.libraries.scaling import measure_scaling
    from chainrule.bench.processes.machine import available_processors, measurable
    from chainrule.bench.workloads import select_workloads
    from chainrule.cli.output.result_folder import prepare_folder, write_files

    turns = QUICK_TURNS if quick else TURNS
    plan = Plan(
        dict(os.environ),
        tuple(contestant) or tuple(CONTESTANTS),
        turns if repetitions is None else repetitions,
        QUICK_SECONDS if quick else Plan.seconds,
        quick,
        on_progress=_say,
    )
    check(threads, plan)
    selected = select_workloads(workload)
    counts, notes = measurable(threads, available_processors())
    if output is not None:
        prepare_folder(output)
    host = measure_host([1, *counts], plan)
    runs = [run(selected, number, plan, host, notes) for number in counts]
    points = [] if quick or workload else measure_scaling(counts[0], plan)
    page = markdown_report(runs, points)
    if json:
        entries = [found.to_dict() for found in runs]
        print(encoder.dumps(entries[0] if len(entries) == 1 else entries, indent=2))
    else:
        print(page, end="")
    if output is not None:
        write_files(output, _files(page, runs, points))
    if any(
        who.partition(",")[0] == OURS
        for found in runs
        for left_out in found.environment["left_out"].values()
        for who in left_out
    ):
        raise typer.Exit(1)


def _compare_commands(repetitions: int | None, threads: int, *, quick: bool, json: bool) -> None:
    """Time whole commands, and print the result."""
    from chainrule.bench.commands import paired_commands
    from chainrule.bench.libraries.plan import Plan, check
    from chainrule.bench.processes.machine import available_processors, measurable

    count = (QUICK_COMMANDS if quick else COMMANDS) if repetitions is None else repetitions
    check([threads], Plan(os.environ, (), count))
    (most,), notes = measurable([threads], available_processors())
    for note in notes:
        _say(f"note: {note}")
    found = paired_commands.compare(count, os.environ, most, _say)
    if json:
        print(encoder.dumps([one.to_dict() for one in found], indent=2))
    else:
        print(paired_commands.markdown_report(found), end="")


def _say(line: str) -> None:
    print(printable(line), file=sys.stderr)


def _files(page: str, runs: list[Run], points: list[Point]) -> dict[str, str]:
    """The text of benchmarks.md, of a JSON file per number of threads, and of scaling.json."""
    files = {"benchmarks.md": page}
    for i, run in enumerate(runs):
        name = f"bench-threads-{run.environment['threads']}.json" if i else "bench.json"
        files[name] = encoder.dumps(run.to_dict(), indent=2) + "\n"
    if points:
        entries = [dataclasses.asdict(point) for point in points]
        files["scaling.json"] = encoder.dumps(entries, indent=2) + "\n"
    return files


def _reject(where: str, **options: object) -> None:
    """Raise OptionError for an option that was given but does not apply here."""
    for name, value in options.items():
        if value is not None:
            option = name.replace("_", "-")
            raise OptionError(
                option.replace("-", " "),
                expected=f"no --{option} {where}",
                got=f"--{option}",
                remedy="leave one of them out",
            )
