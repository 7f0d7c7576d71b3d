"""What the host is and how fast it is, measured before the comparison and printed with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chainrule.bench.libraries.plan import Plan
from chainrule.bench.processes.host import describe_host
from chainrule.bench.processes.process import Process, WorkerError

__all__ = ["measure_host"]


def measure_host(threads: Sequence[int], plan: Plan) -> dict[str, Any]:
    """The description of the host, and under `rates`, by number of threads, what it reaches.

    Numbers of threads that could not be measured have the reason under `error`.
    """
    rates: dict[str, dict[str, Any]] = {}
    for count in sorted(set(threads)):
        plan.on_progress(f"measuring the host, {count} thread{'s' * (count != 1)}")
        try:
            with Process(plan.environ, count) as process:
                rates[str(count)] = process.ask(do="host", threads=count)
        except WorkerError as error:
            rates[str(count)] = {"error": str(error.got)}
    return {**describe_host(), "rates": rates}
