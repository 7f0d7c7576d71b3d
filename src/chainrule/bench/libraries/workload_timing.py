"""The timing of one workload: settings are tried, then the best of each contestant is timed.

All slices of a turn follow each other, so that whatever slows the machine for a while slows all of
them; and there are several rounds with new processes, because where a process is placed in memory
can make it faster or slower for its whole life.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from functools import cached_property
from typing import final

from chainrule.bench.contestants import OURS
from chainrule.bench.contestants.setting import Setting
from chainrule.bench.libraries.agreement import expected_result, problem
from chainrule.bench.libraries.entrants import (
    SLOW_TO_COMPILE,
    Entrant,
    for_each,
    prepare,
    settings_of,
)
from chainrule.bench.libraries.plan import Plan
from chainrule.bench.libraries.results import PeerRatio, Result, Timing
from chainrule.bench.measurements.step_time import CHECKED_STEPS
from chainrule.bench.pairing.paired_ratios import lowest_ratio, paired_ratio
from chainrule.bench.pairing.turns import order, share
from chainrule.bench.workloads import Workload
from chainrule.graph import Array

__all__ = ["time_workload"]

SCREENING = 5
"""Turns in which every setting is tried; the lowest median is chosen."""

HOPELESS = 4.0
"""A setting whose least time is that many times another's of its contestant is tried no longer."""

COMPILED_GAIN = 4.0
"""Compilation makes a library at most so many times as fast: one whose time without it is more than
this many times that of the best peer cannot become the best, and is not compiled."""

CLOSE = 1.25
"""After the first round only those peers go on that may be the best: their median or their minimum
is at most this many times the least one."""


def time_workload(workload: Workload, threads: int, plan: Plan) -> Timing:
    """Time every contestant with its best setting of at most `threads` threads."""
    timing = _Timing(workload, plan)
    with ExitStack() as stack:
        timing.time_round(0, timing.screened(threads, stack))
    for number in range(1, plan.rounds):
        with ExitStack() as stack:
            timing.time_round(number, timing.started_again(number, stack))
    return timing.result()


@final
class _Timing:
    """The times of one workload in microseconds, of each turn: by contestant and round."""

    def __init__(self, workload: Workload, plan: Plan) -> None:
        self.workload, self.plan = workload, plan
        self.left_out: dict[str, str] = {}
        self.best: dict[str, Entrant] = {}
        self.tried: dict[str, float] = {}
        self.times: dict[str, dict[int, list[float]]] = {}

    def screened(self, threads: int, stack: ExitStack) -> list[Entrant]:
        """The fastest setting of every contestant, of those that agree with the reference."""
        chosen = settings_of(self.workload, threads, self.plan, self.left_out)
        slow = [(name, setting) for name, setting in chosen if name in SLOW_TO_COMPILE]
        found = self._tried([each for each in chosen if each not in slow], stack, bool(slow))
        for name in dict.fromkeys(name for name, _ in slow):
            if reason := self._why_not_compiled(name):
                self.left_out[name] = reason
            else:
                found += self._tried([each for each in slow if each[0] == name], stack)
        return found

    def _tried(
        self, chosen: Sequence[tuple[str, Setting]], stack: ExitStack, timed: bool = False
    ) -> list[Entrant]:
        """The fastest setting of each, after slices of all if there are several, or if `timed`."""
        names = ", ".join(dict.fromkeys(name for name, _ in chosen))
        self._say(f"preparing {names or 'nobody'}")
        started = self._started(chosen, stack, checked=self.plan.checked)
        found = self._warmed_up(self._agreeing(started))
        times: dict[Entrant, list[float]] = {entrant: [] for entrant in found}
        timed = timed or len(found) > len({each.name for each in found})
        for turn in range(SCREENING * timed):
            self._say(f"trying settings, turn {turn + 1} of {SCREENING}")
            in_order = [found[i] for i in order(turn, len(found))]
            went_on = for_each(
                in_order, self.left_out, lambda each: times[each].append(each.slice())
            )
            found = [
                entrant
                for entrant in found
                if entrant in went_on
                and min(times[entrant])
                <= HOPELESS * min(min(times[each]) for each in went_on if each.name == entrant.name)
            ]
        medians = {each: statistics.median(times[each] or [0.0]) for each in found}
        for entrant in sorted(found, key=lambda each: medians[each]):
            if self.best.setdefault(entrant.name, entrant) is entrant:
                self.tried[entrant.name] = medians[entrant]
        return [entrant for entrant in found if entrant in self.best.values()]

    def _why_not_compiled(self, name: str) -> str:
        """Why a contestant cannot win by compilation, which takes long; "" if it may."""
        peers = {peer: time for peer, time in self.tried.items() if peer != OURS}
        plain = SLOW_TO_COMPILE[name]
        if plain not in peers:
            return ""
        best = min(peers, key=lambda peer: peers[peer])
        factor = peers[plain] / peers[best]
        if factor <= COMPILED_GAIN:
            return ""
        return f"cannot win: {plain} takes {factor:.1f} times as long as {best}"

    def started_again(self, number: int, stack: ExitStack) -> list[Entrant]:
        """New processes of chainrule and of the peers that may be the best."""
        names = [name for name in self._remaining() if self._is_close(name)]
        if number % 2:  # the order of starting may decide who gets the better memory layout
            names.reverse()
        self._say(f"round {number + 1} of {self.plan.rounds}, starting {', '.join(names)}")
        chosen = [(name, self.best[name].setting) for name in names]
        found = self._started(chosen, stack, checked=0)
        for entrant in found:
            entrant.plan = self.best[entrant.name].plan
        return self._warmed_up(found)

    def time_round(self, number: int, running: list[Entrant]) -> None:
        """Time one round of slices, in turn; one that fails is left out from then on."""
        plan, turns = self.plan, share(self.plan.turns, self.plan.rounds, number)
        for entrant in running:
            self.times.setdefault(entrant.name, {})[number] = []

        def once(entrant: Entrant) -> None:
            self.times[entrant.name][number].append(entrant.slice())

        for turn in range(turns):
            self._say(f"round {number + 1} of {plan.rounds}, turn {turn + 1} of {turns}")
            in_order = [running[i] for i in order(number + turn, len(running))]
            went_on = for_each(in_order, self.left_out, once)
            running = [entrant for entrant in running if entrant in went_on]

    def result(self) -> Timing:
        """The results of those that did not fail, fastest first, and the ratio to the best peer."""
        names = self._remaining()
        return Timing(
            sorted(map(self._result, names), key=lambda result: result.median_us),
            self._ratio(names) if OURS in names else None,
            self.left_out,
            self.best[OURS].blas if OURS in names else [],
        )

    def _started(
        self, chosen: Sequence[tuple[str, Setting]], stack: ExitStack, *, checked: int
    ) -> list[Entrant]:
        return prepare(chosen, self.workload, self.plan, self.left_out, stack, checked=checked)

    def _agreeing(self, found: Sequence[Entrant]) -> list[Entrant]:
        """Those whose losses or outputs are those of the reference."""
        agreeing: list[Entrant] = []
        for entrant in found:
            if words := problem(self.workload, entrant.results, self._expected):
                self.left_out[str(entrant)] = f"disagrees: {words}"
            else:
                agreeing.append(entrant)
        return agreeing

    @cached_property
    def _expected(self) -> Array:
        return expected_result(self.workload, self.plan.checked)

    def _warmed_up(self, found: Sequence[Entrant]) -> list[Entrant]:
        self._say("warming up")
        return for_each(found, self.left_out, lambda each: each.warm_up(self.plan.seconds))

    def _remaining(self) -> list[str]:
        """The contestants that did not fail with their best setting."""
        return [name for name, entrant in self.best.items() if str(entrant) not in self.left_out]

    def _is_close(self, name: str) -> bool:
        """Whether it is chainrule, or a peer that may be the best one."""
        peers = [self.times[peer][0] for peer in self._remaining() if peer != OURS]
        return name == OURS or any(
            figure(self.times[name][0]) <= CLOSE * min(map(figure, peers))
            for figure in (statistics.median, min)
        )

    def _result(self, name: str) -> Result:
        entrant = self.best[name]
        times = [time for one in self.times[name].values() for time in one]
        return Result(
            self.workload.name,
            name,
            entrant.setting.threads,
            entrant.setting.wait,
            statistics.median(times),
            min(times),
            max(times),
            len(times),
            _last_checked(entrant.results) if self.workload.samples is None else None,
        )

    def _ratio(self, names: Sequence[str]) -> PeerRatio | None:
        """The ratio to whichever peer is the best, of those that were timed in most rounds."""
        peers = [name for name in names if name != OURS]
        if not peers:
            return None
        rounds = max(len(self.times[peer]) for peer in peers)
        ours = self.times[OURS]
        ratios = {
            peer: paired_ratio(
                [
                    list(zip(times, ours[number], strict=True))
                    for number, times in self.times[peer].items()
                ]
            )
            for peer in peers
            if len(self.times[peer]) == rounds
        }
        best = min(ratios, key=lambda peer: ratios[peer].value)
        turns = sum(map(len, self.times[best].values()))
        return PeerRatio(self.workload.name, best, lowest_ratio(ratios.values()), rounds, turns)

    def _say(self, words: str) -> None:
        self.plan.on_progress(f"{self.workload.name}: {words}")


def _last_checked(losses: Sequence[float]) -> float | None:
    """The loss after CHECKED_STEPS steps, unless fewer were checked."""
    return losses[CHECKED_STEPS - 1] if len(losses) >= CHECKED_STEPS else None
