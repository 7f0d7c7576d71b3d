"""The lines of a report about the host, so that figures of different hosts are not compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chainrule.bench.markdown import three_digits, used_by_others

__all__ = ["host_lines"]


def host_lines(hosts: Mapping[int, Mapping[str, Any]]) -> list[str]:
    """What the host is, what it reaches, and what others took of it in the run of each number of
    threads."""
    host = next(iter(hosts.values()))
    lines = [_description(host)]
    for threads, rates in host["rates"].items():
        words = counted_threads(int(threads))
        if "error" in rates:
            lines.append(f"{words}: the host could not be measured: {rates['error']}")
            continue
        lines.append(
            f"{words}: products of 1024 × 1024 at {rates['package_gflops']:.0f} GFLOP/s, NumPy's at"
            f" {rates['blas_gflops']:.0f}; copies at {rates['gb_per_s']:.0f} GB/s; a thread that"
            f" sleeps answers after {three_digits(rates['wake_us'])} µs"
        )
    for threads, shares in hosts.items():
        during = f"while at most {counted_threads(threads)} ran: "
        lines += [during * (len(hosts) > 1) + line for line in used_by_others(shares)]
    return lines


def counted_threads(threads: int) -> str:
    """The number with its noun."""
    return f"{threads} thread{'s' * (threads != 1)}"


def _description(host: Mapping[str, Any]) -> str:
    """Processor, how many of how many, vector instructions, huge pages and fingerprint."""
    every, available = host["processors"], host["available"]
    count = f"{every} processor{'s' * (every != 1)}"
    if available != every:
        count = f"{available} of {count}"
    vectors = {rates["vectors"] for rates in host["rates"].values() if "vectors" in rates}
    units = ", ".join(sorted(vectors)) or "unknown"
    return (
        f"{host['processor']}, {count}, {host['system']}; vector instructions: {units}; huge pages:"
        f" {host['huge_pages'] or 'unknown'}; host {host['fingerprint']}: figures of other hosts"
        " are no comparison"
    )
