"""How far chainrule still wins: networks that grow along one axis, beside the other libraries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

from chainrule.bench.contestants import OURS
from chainrule.bench.libraries.plan import Plan
from chainrule.bench.libraries.workload_timing import time_workload
from chainrule.bench.markdown import markdown_table, three_digits
from chainrule.bench.measurements.step_time import FEWEST_STEPS
from chainrule.bench.networks import (
    CharacterLSTM,
    ConvolutionalNetwork,
    Perceptron,
    SeriesGRU,
    Transformer,
)
from chainrule.bench.workloads import Workload

__all__ = ["FOLLOWED", "WinPoint", "largest_wins_report", "measure_largest_wins", "variants"]

FOLLOWED = ("lstm", "gru", "conv", "attn")
"""The workloads that are followed unless others are named."""

TURNS = 5
"""Slices of each contestant, in one process, at one setting."""

FACTORS = (1, 2, 4, 8, 16)
"""Each axis is that many times as long, up to the first at which chainrule loses."""

FAR = 2.0
"""A library that takes so many times as long as the best other one is not followed further."""

LONGEST_STEP = 5e4
"""Microseconds of a step from which on an axis is not followed further."""


@final
@dataclass(frozen=True)
class WinPoint:
    """One network: what is varied, its value, microseconds a step, and the best other library."""

    workload: str
    axis: str
    value: int
    median_us: float
    peer: str
    peer_us: float

    @property
    def ratio(self) -> float:
        """How many times faster than the best other library chainrule is."""
        return self.peer_us / self.median_us


def variants(workload: Workload) -> dict[str, list[tuple[int, Workload]]]:
    """By axis, the workload at each of FACTORS times its size; predictions have none."""
    if workload.samples is not None:
        return {}
    found: dict[str, list[tuple[int, Workload]]] = {}
    for factor in FACTORS:
        sizes = _sizes(workload, factor) | {"batch": (workload.batch * factor, {})}
        for axis, (value, fields) in sizes.items():
            batch = value if axis == "batch" else workload.batch
            network: Any = workload.network
            larger = replace(
                workload,
                name=f"{workload.name}, {axis} {value}",
                network=replace(network, **fields),
                batch=batch,
                rows=2 * FEWEST_STEPS * batch,
            )
            found.setdefault(axis, []).append((value, larger))
    return found


def _sizes(workload: Workload, factor: int) -> dict[str, tuple[int, dict[str, Any]]]:
    """By axis, the size that is shown, and the fields of a network so many times as large."""
    network = workload.network
    match network:
        case Perceptron(sizes=(d, *hidden, classes)):
            wide = [factor * h for h in hidden]
            return {"width": (wide[0], {"sizes": (d, *wide, classes)})}
        case CharacterLSTM() | SeriesGRU():
            steps, hidden = factor * network.steps, factor * network.hidden
            return {"T": (steps, {"steps": steps}), "width": (hidden, {"hidden": hidden})}
        case ConvolutionalNetwork():
            side, channels = factor * network.size, tuple(factor * c for c in network.channels)
            return {"side": (side, {"size": side}), "width": (channels[-1], {"channels": channels})}
        case Transformer():
            steps = factor * network.steps
            fields = ("width", "heads", "hidden")
            wider = {name: factor * getattr(network, name) for name in fields}
            return {"T": (steps, {"steps": steps}), "width": (wider["width"], wider)}
        case _:
            return {}


def measure_largest_wins(workloads: Sequence[Workload], threads: int, plan: Plan) -> list[WinPoint]:
    """Follow each axis of each workload until another library is faster, or a step takes too long.

    Only the first loss is checked: in larger networks rounding decides more.
    """
    short = replace(plan, turns=TURNS, quick=True, checked=1)
    found: list[WinPoint] = []
    for workload in workloads:
        for axis, along in variants(workload).items():
            names = plan.contestants
            for value, larger in along:
                timing = time_workload(larger, threads, replace(short, contestants=names))
                times = {result.contestant: result.median_us for result in timing.results}
                if OURS not in times or len(times) == 1:
                    break
                ours = times.pop(OURS)
                peer = min(times, key=lambda name: times[name])
                point = WinPoint(workload.name, axis, value, ours, peer, times[peer])
                found.append(point)
                if point.ratio < 1 or ours > LONGEST_STEP:
                    break
                most = FAR * point.peer_us
                names = (OURS, *(name for name, time in times.items() if time <= most))
    return found


def largest_wins_report(points: Sequence[WinPoint]) -> str:
    """A table with the largest size along each axis, then all that was measured."""
    summary: list[tuple[str, ...]] = []
    for (workload, axis), along in _by_axis(points).items():
        won = [point for point in along if point.ratio >= 1]
        lost = "-"
        if along[-1].ratio < 1:
            lost = f"{along[-1].value}: {along[-1].peer} takes {along[-1].ratio:.2f} of the time"
        summary.append((workload, axis, str(won[-1].value) if won else "none", lost))
    rows = [
        (
            *(p.workload, p.axis, str(p.value), three_digits(p.median_us)),
            *(p.peer, three_digits(p.peer_us), f"{p.ratio:.2f} ×"),
        )
        for p in points
    ]
    header = ("workload", "axis", "size", f"{OURS} µs", "best peer", "µs", "ratio")
    return "\n\n".join(
        [
            "## The largest sizes at which chainrule still wins",
            f"Each axis doubles, the others stay, until another library is faster or a step takes"
            f" {LONGEST_STEP / 1e3:g} ms. Medians of {TURNS} slices; every library at one setting,"
            f" and followed while it takes at most {FAR:g} times as long as the best other one.",
            markdown_table(("workload", "axis", "wins up to", "loses at"), summary, left=(0, 1, 3)),
            markdown_table(header, rows, left=(0, 1, 4)),
        ]
    )


def _by_axis(points: Sequence[WinPoint]) -> Mapping[tuple[str, str], list[WinPoint]]:
    found: dict[tuple[str, str], list[WinPoint]] = {}
    for point in points:
        found.setdefault((point.workload, point.axis), []).append(point)
    return found
