"""`chainrule bench`: how fast training is here, beside other libraries."""

from __future__ import annotations

import dataclasses
import json as encoder
import os
import sys
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

import typer

from chainrule.cli.output import printable, short
from chainrule.errors import OptionError

if TYPE_CHECKING:
    from chainrule.bench.results import Run
    from chainrule.bench.scaling import Point

__all__ = ["register"]

HELP = """Compare the speed of training with other libraries.

Times a training step of networks of several sizes, here and in those of PyTorch, JAX,
scikit-learn, micrograd and autograd that are installed, after checking that all compute the same.
Beside them: how long chainrule takes to find the ten largest paths to one weight.
A full comparison takes about half an hour, in which the machine should do nothing else.

\b
Examples:
  chainrule bench --quick --workload tiny
  chainrule bench --workload wide --workload infer --threads 2
  chainrule bench -o bench-results
"""

THREADS = (2, 1)
SECONDS, REPETITIONS = 0.3, 7
QUICK_SECONDS, QUICK_REPETITIONS = 0.05, 3


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("bench", help=HELP)(bench)


def bench(
    workload: list[str] = typer.Option(
        [], "--workload", metavar="NAME", help="tiny, small, mnist, wide, deep, norm or infer."
    ),
    contestant: list[str] = typer.Option(
        [], "--contestant", metavar="NAME", help="Only these: chainrule, torch_eager, jax_scan, …"
    ),
    threads: list[int] = typer.Option(
        [], "--threads", metavar="N", help="For all contestants.  [default: 2, then 1]"
    ),
    repetitions: int = typer.Option(
        None, "--repetitions", metavar="N", help="Of each measurement.  [default: 7]"
    ),
    quick: bool = typer.Option(False, "--quick", help="A first look, with no figures to rely on."),
    output: Path = typer.Option(
        None, "--output", "-o", metavar="FOLDER", help="Write benchmarks.md and bench.json there."
    ),
    json: bool = typer.Option(
        False, "--json", help="Print the JSON object (a list, for several numbers of threads)."
    ),
) -> None:
    from chainrule.bench.comparison import check, run
    from chainrule.bench.contestants import CONTESTANTS, OURS
    from chainrule.bench.harness import Plan
    from chainrule.bench.report import markdown
    from chainrule.bench.scaling import scale
    from chainrule.bench.workloads import chosen

    counts = threads or list(THREADS[:1] if quick else THREADS)
    count = QUICK_REPETITIONS if quick else REPETITIONS
    plan = Plan(
        dict(os.environ),
        tuple(contestant) or tuple(CONTESTANTS),
        count if repetitions is None else repetitions,
        QUICK_SECONDS if quick else SECONDS,
        lambda line: print(printable(line), file=sys.stderr),
    )
    check(counts, plan)
    selected = chosen(workload)
    if output is not None:
        _make_ready(output)
    runs = [run(selected, number, plan) for number in counts]
    points = [] if quick or workload else scale(counts[0], plan)
    if output is not None:
        _write(output, markdown(runs, points), runs, points)
    if json:
        entries = [found.to_dict() for found in runs]
        print(encoder.dumps(entries[0] if len(entries) == 1 else entries, indent=2))
    else:
        print(markdown(runs, points), end="")
    if any(OURS in without for found in runs for without in found.environment["left_out"].values()):
        raise typer.Exit(1)


def _make_ready(folder: Path) -> None:
    """Half an hour later it would be too late."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OptionError(
            "output",
            expected="a folder that can be written",
            got=f"{folder} ({error.strerror})",
            remedy="choose another place",
        ) from None


def _write(folder: Path, page: str, runs: list[Run], points: list[Point]) -> None:
    """benchmarks.md, bench.json for the first number of threads, a file for each other."""
    from chainrule.train.atomic import write

    files = {"benchmarks.md": page}
    for i, run in enumerate(runs):
        name = f"bench-threads-{run.environment['threads']}.json" if i else "bench.json"
        files[name] = encoder.dumps(run.to_dict(), indent=2) + "\n"
    if points:
        entries = [dataclasses.asdict(point) for point in points]
        files["scaling.json"] = encoder.dumps(entries, indent=2) + "\n"
    for name, text in files.items():
        write(folder / name, text.encode())
    print(f"wrote {', '.join(files)} in {short(folder)}", file=sys.stderr)
