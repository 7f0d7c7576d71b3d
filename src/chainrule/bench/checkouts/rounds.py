"""The order of timing: rounds in which both checkouts alternate, so that disturbances hit both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any, final

from chainrule.bench.checkouts import startup
from chainrule.bench.checkouts.checkout import Checkout
from chainrule.bench.checkouts.difference import Difference, difference
from chainrule.bench.pairing.paired_ratios import CONFIDENCE, Pair, paired_ratio
from chainrule.bench.pairing.turns import in_turn, order, share
from chainrule.bench.processes.host import UsedTime, describe_host, used_since
from chainrule.bench.workloads import Workload
from chainrule.errors import OptionError

__all__ = ["Comparison", "Plan", "Row", "check", "compare", "count_parts"]

ROUNDS = 8
"""The number of rounds, each with new processes; fewer if there are fewer pairs."""

PAUSE = 0.005
"""Seconds between two slices, in which the threads of the previous one go to sleep."""

STARTS = 5
"""There is one pair of process starts for this many pairs of slices, because starts are slow."""


@final
@dataclass(frozen=True)
class Plan:
    """How to measure.

    environ      environment variables of this process, from which those of the workers derive
    seconds      length of a slice
    warm_up      seconds of work before the first slice of a round
    startup      whether start-up is timed
    notes        what else one has to know, for the report
    on_progress  called with the number of finished parts and the name of the next one
    """

    environ: Mapping[str, str]
    threads: Sequence[int] = (2, 1)
    pairs: int = 200
    seconds: float = 0.04
    warm_up: float = 0.2
    startup: bool = True
    notes: Sequence[str] = ()
    on_progress: Callable[[int, str], None] = field(default=lambda done, words: None)

    @property
    def rounds(self) -> int:
        """The number of rounds."""
        return min(ROUNDS, self.pairs)


@final
@dataclass(frozen=True)
class Row:
    """The result for one workload, or for one command whose start-up was timed.

    threads            None for start-up
    this_us, other_us  medians in microseconds
    ratio              this / other
    low, high          the interval of the ratio
    """

    what: str
    threads: int | None
    this_us: float
    other_us: float
    ratio: float
    low: float
    high: float
    pairs: int
    verdict: Difference

    @classmethod
    def of(cls, what: str, threads: int | None, rounds: Sequence[Sequence[Pair]]) -> Row:
        """The row for the times of all pairs, in seconds, grouped by round."""
        found = paired_ratio(rounds)
        pairs = [pair for one in rounds for pair in one]
        ours, theirs = (statistics.median(times) * 1e6 for times in zip(*pairs, strict=True))
        return cls(
            what, threads, ours, theirs, found.value, found.low, found.high, len(pairs),
            difference(found),
        )  # fmt: skip


@final
@dataclass(frozen=True)
class Comparison:
    """The result of the whole comparison.

    environment  the machine; under `this` and `other` each checkout, its commit and libraries
    """

    environment: dict[str, Any]
    rows: list[Row]


def check(plan: Plan) -> None:
    """Raise OptionError for settings that cannot be measured."""
    for number in plan.threads:
        if number < 1:
            raise OptionError("threads", expected="1 or more", got=str(number))
    if plan.pairs < 2:
        raise OptionError("pairs", expected="2 or more", got=str(plan.pairs))


def count_parts(workloads: Sequence[Workload], plan: Plan) -> int:
    """The number of parts of the measurement, each of about the same length."""
    each = len(workloads) * len(plan.threads) + len(startup.COMMANDS) * plan.startup
    return each * plan.rounds


def compare(
    workloads: Sequence[Workload], this: Checkout, other: Checkout, plan: Plan
) -> Comparison:
    """Time both checkouts in turn.  Raises OptionError if one of them fails."""
    check(plan)
    environment, before = _environment(this, other, plan), UsedTime.now()
    timing = _Timing((this, other), workloads, plan)
    for number in range(plan.rounds):
        for threads in plan.threads if workloads else ():
            timing.slices(number, threads)
        if plan.startup:
            timing.starts(number)
    environment |= used_since(before)
    keys: list[tuple[str, int | None]] = [(w.name, n) for n in plan.threads for w in workloads]
    keys += [(what, None) for what in startup.COMMANDS if plan.startup]
    return Comparison(environment, [Row.of(*key, timing.found[key]) for key in keys])


def _environment(this: Checkout, other: Checkout, plan: Plan) -> dict[str, Any]:
    found = {
        **describe_host(),
        "pairs": plan.pairs,
        "rounds": plan.rounds,
        "confidence": CONFIDENCE,
        "notes": list(plan.notes),
    }
    for name, checkout in (("this", this), ("other", other)):
        with checkout.worker(plan.environ, plan.threads[0]) as worker:
            found[name] = checkout.about(worker)
    return found


@final
class _Timing:
    """Both checkouts, and the pairs timed so far: by workload or command, round by round."""

    def __init__(
        self, both: tuple[Checkout, Checkout], workloads: Sequence[Workload], plan: Plan
    ) -> None:
        self.both, self.workloads, self.plan = both, workloads, plan
        self.found: dict[tuple[str, int | None], list[list[Pair]]] = {}
        self._done = count()

    def slices(self, number: int, threads: int) -> None:
        """Time one round of every workload, in two new processes."""
        plan, pairs = self.plan, share(self.plan.pairs, self.plan.rounds, number)
        with ExitStack() as stack:
            # the order of starting may decide which process gets the better memory layout
            workers = {
                which: stack.enter_context(self.both[which].worker(plan.environ, threads))
                for which in order(number, 2)
            }
            for workload in self.workloads:
                plan.on_progress(
                    next(self._done), f"{workload.name}, {threads} thread{'s' * (threads != 1)}"
                )
                for worker in workers.values():  # concurrently: some must compile kernels first
                    worker.send(do="make", workload=workload.to_dict())
                for which, worker in workers.items():
                    self.both[which].receive(worker)

                def ask(which: int, **request: Any) -> float:
                    time.sleep(PAUSE)
                    return self.both[which].answer(workers[which], **request)

                per_step = [ask(which, do="warm", seconds=plan.warm_up) for which in workers]
                steps = max(1, round(plan.seconds / statistics.fmean(per_step)))
                times = partial(ask, do="slice", count=steps)
                self._add((workload.name, threads), _pairs(number, pairs, times))

    def starts(self, number: int) -> None:
        """Time one round of starting every command."""
        plan, threads = self.plan, self.plan.threads[0]
        pairs = share(max(plan.rounds, plan.pairs // STARTS), plan.rounds, number)
        for what in startup.COMMANDS:
            plan.on_progress(next(self._done), what)

            def start(which: int) -> float:
                return startup.startup_seconds(self.both[which], what, plan.environ, threads)  # noqa: B023

            if number == 0:  # the first start writes bytecode and fills the file cache
                _pairs(number, 1, start)
            self._add((what, None), _pairs(number, pairs, start))

    def _add(self, key: tuple[str, int | None], pairs: list[Pair]) -> None:
        self.found.setdefault(key, []).append(pairs)


def _pairs(number: int, pairs: int, time_of: Callable[[int], float]) -> list[Pair]:
    """Time pairs in the order A B B A A B B A, so that a drift of the machine favours neither."""
    return [(times[0], times[1]) for times in in_turn(number, pairs, 2, time_of)]
