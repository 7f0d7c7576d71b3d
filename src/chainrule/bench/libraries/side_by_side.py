"""Earlier results beside each other: whether each verdict is the same in all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chainrule.bench.markdown import markdown_table
from chainrule.errors import OptionError

__all__ = ["read_results", "side_by_side"]

FILES = "bench*.json"
"""What `chainrule bench -o` writes: a file for each number of threads."""

DIFFERENT = 1.25
"""Rates of one host that differ by more than this factor are pointed out."""

Results = Mapping[str, Any]


def read_results(folder: Path) -> list[Results]:
    """The results in a folder, one for each number of threads.  Raises OptionError without any."""
    found: list[Results] = []
    for file in sorted(folder.glob(FILES)):
        try:
            entries = json.loads(file.read_text(encoding="utf-8"))
            _check_form(entries)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise _unreadable(f"{file}, which has none ({type(error).__name__}: {error})") from None
        found.append(entries)
    if not found:
        missing = "has no bench.json" if folder.is_dir() else "is no folder"
        raise _unreadable(f"{folder}, which {missing}")
    return found


def side_by_side(folders: Mapping[str, Sequence[Results]]) -> str:
    """A table with a row for each workload and number of threads, a column for each folder.

    Raises OptionError if the results are not all of one host.
    """
    hosts = {name: runs[0]["host"]["fingerprint"] for name, runs in folders.items()}
    hosts |= {
        f"{name}, {run['environment']['threads']} threads": run["host"]["fingerprint"]
        for name, runs in folders.items()
        for run in runs
    }
    if len(set(hosts.values())) > 1:
        raise OptionError(
            "from",
            expected="results of one host",
            got="; ".join(f"{name}: host {host}" for name, host in hosts.items()),
            remedy="compare only what was measured on the same host",
        )
    columns = [
        {key: cell for run in runs for key, cell in _cells(run).items()}
        for runs in folders.values()
    ]
    keys = list(dict.fromkeys(key for column in columns for key in column))
    rows = [[*key, *_row(key, columns)] for key in keys]
    header = ["workload", "at most threads", "goal", *folders, "all"]
    left = (0, *range(3, len(header)))
    lines = [f"Host {next(iter(hosts.values()))}.", *_rate_warnings(folders)]
    return "\n\n".join([*lines, markdown_table(header, rows, left)]) + "\n"


def _check_form(run: Results) -> None:
    """Raise an error of Python if something that is read here is missing or of another type."""
    _cells(run)
    _products(run)
    if not isinstance(run["host"]["fingerprint"], str):
        raise TypeError("the host's fingerprint is no text")


def _cells(run: Results) -> dict[tuple[str, str, str], tuple[str, str]]:
    """By workload, threads and goal: the verdict, and the ratio with its interval."""
    threads = str(run["environment"]["threads"])
    found: dict[tuple[str, str, str], tuple[str, str]] = {}
    for one in run["ratios"]:
        words = f"{one['ratio']:.2f} × ({one['low']:.2f} to {one['high']:.2f})"
        for which in ("must", "aim"):
            if one[which] is not None:
                key = (one["workload"], threads, f"{one[which]:g} ×")
                found[key] = (str(one[f"{which}_verdict"]), words)
    return found


def _row(key: tuple[str, str, str], columns: Sequence[Mapping[Any, tuple[str, str]]]) -> list[str]:
    """The cell of each folder, and whether the verdicts that were reached are one."""
    cells = [f"{c[key][1]} {c[key][0]}" if key in c else "-" for c in columns]
    verdicts = {column[key][0] for column in columns if key in column} - {"not decided"}
    alike = "not decided" if not verdicts else "/".join(sorted(verdicts))
    return [*cells, alike if len(verdicts) < 2 else f"CONTRADICTION: {alike}"]


def _products(run: Results) -> dict[str, float]:
    """GFLOP/s of the package's products by number of threads."""
    rates = run["host"]["rates"]
    return {n: float(r["package_gflops"]) for n, r in rates.items() if "package_gflops" in r}


def _rate_warnings(folders: Mapping[str, Sequence[Results]]) -> list[str]:
    """What speaks for another host, or another state of it, behind the same fingerprint."""
    found: list[str] = []
    rates = [_products(runs[0]) for runs in folders.values()]
    for threads in rates[0]:
        each = [rate[threads] for rate in rates if threads in rate]
        if max(each) > DIFFERENT * min(each):
            words = ", ".join(f"{rate:.0f}" for rate in each)
            found.append(
                f"Products of {threads} thread{'s' * (threads != '1')} ran at {words} GFLOP/s: the"
                " host was not the same, or not in the same state."
            )
    return found


def _unreadable(got: str) -> OptionError:
    return OptionError(
        "from",
        expected="a folder with results of chainrule bench -o",
        got=got,
        remedy="name a folder that chainrule bench -o has written",
    )
