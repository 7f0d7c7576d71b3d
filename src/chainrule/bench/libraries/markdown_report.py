"""The report of the comparison with other libraries, as a Markdown page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chainrule.bench.contestants import OURS
from chainrule.bench.contestants.setting import Setting
from chainrule.bench.libraries.comparison import MEMORY
from chainrule.bench.libraries.host_report import host_lines
from chainrule.bench.libraries.results import FEWEST_ROUNDS, MARGIN, Result, Run
from chainrule.bench.libraries.scaling import Point
from chainrule.bench.markdown import is_disturbed, markdown_table, three_digits
from chainrule.bench.measurements import planning_time
from chainrule.bench.measurements.explanation_time import MEGABYTES, SECONDS
from chainrule.bench.measurements.memory_growth import LIMIT, needed_bytes
from chainrule.bench.workloads import WORKLOADS
from chainrule.formula.numbers import counted

__all__ = ["markdown_report"]

GOALS = {"must": "must reach", "aim": "aim"}


def markdown_report(runs: Sequence[Run], scaling: Sequence[Point] = ()) -> str:
    """The whole page: the environment, a section for each number of threads, and scaling."""
    parts = ["# Time of a training step", _environment(runs)]
    for run in runs:
        parts += _section(run)
    if scaling:
        parts += ["## Scaling", _SCALING, *_scaling(scaling)]
    return "\n\n".join(parts) + "\n"


def _environment(runs: Sequence[Run]) -> str:
    about = runs[0].environment
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    lines = [
        *host_lines({run.environment["threads"]: run.host for run in runs}),
        f"Python {about['python']}; {versions}",
    ]
    if about.get("blas"):
        lines.append(f"matrix products: {'; '.join(about['blas'])}")
    lines += [_method(runs[0]), *about["notes"]]
    return "\n".join(f"- {line}" for line in lines)


def _method(run: Run) -> str:
    """How it was measured, and what that can decide."""
    about = run.environment
    rounds, turns = about["rounds"], about["turns"]
    slices = f"{turns} slices of {1000 * about['seconds']:.0f} ms"
    text = (
        f"medians of {slices}, contestants in turn, in {rounds} round{'s' * (rounds != 1)} with new"
        " processes; the ratio is the median over the turns, with the"
        f" {100 * about['confidence']:.0f} % interval of a bootstrap over rounds and turns; losses"
        " of the first 50 steps agree; imports, compilation and warm-up are not counted"
    )
    if about["quick"]:
        text += "; a quick run: every contestant has one setting only"
    if rounds < FEWEST_ROUNDS:
        text += (
            f"; fewer than {FEWEST_ROUNDS} rounds: a first look, which decides only what is clear"
            f" with an interval {MARGIN:g} times wider at both ends"
        )
    return text


def _section(run: Run) -> Iterator[str]:
    threads = run.environment["threads"]
    yield f"## {'At most ' * (threads > 1)}{threads} thread{'s' * (threads != 1)}"
    header = ("workload", OURS, "best peer", "ratio", "interval", *GOALS.values(), "of the roof")
    yield markdown_table(header, [_summary(run, name) for name in run.workloads], left=(0, 2))
    if undecided := _undecided(run):
        yield f"Not decided: {', '.join(undecided)}."
    for name in run.workloads:
        yield f"### {_title(name)}"
        yield from _details(run, name)
    if run.explaining:
        yield from _explanations(run)
    if run.planning:
        yield from _planning(run)


def _undecided(run: Run) -> list[str]:
    """The goals that the measurement neither met nor missed."""
    shares = [
        f"{name} {100 * (_wanted_share(name) or 0.0):.0f} % of the roof"
        for name in run.workloads
        if _share_verdict(run, name) == "not decided"
    ]
    return shares + [
        f"{name} {goal:g} ×"
        for name in run.workloads
        for which in GOALS
        if (goal := _goal(name, which)) is not None
        and ((found := run.ratio(name)) is None or found.verdict(goal) == "not decided")
    ]


def _explanations(run: Run) -> Iterator[str]:
    yield "### Explaining: the ten largest paths to one weight of the first layer"
    rows: list[tuple[str, ...]] = []
    for name, found in run.explaining.items():
        peak = found["peak_mb"]
        met = found["median_s"] <= SECONDS[name] and (peak is None or peak <= MEGABYTES)
        rows.append(
            (
                _title(name).partition(",")[0],
                counted(int(found["paths"])),
                *(f"{found[which]:.3f}" for which in ("median_s", "min_s", "max_s")),
                "-" if peak is None else f"{peak:.0f}",
                f"{SECONDS[name]:g} s, {MEGABYTES} MB {'met' if met else 'NOT met'}",
            )
        )
    yield markdown_table(("network", "paths", "median s", "min", "max", "MB", "at most"), rows)


def _planning(run: Run) -> Iterator[str]:
    yield f"### Planning: from the model to the program of a step, T {planning_time.STEPS}"
    rows: list[tuple[str, ...]] = []
    for name, found in run.planning.items():
        most = planning_time.SECONDS[name]
        met = "met" if found["median_s"] <= most else "NOT met"
        times = (f"{found[which]:.3f}" for which in ("median_s", "min_s", "max_s"))
        rows.append((name, *times, f"{most:g} s {met}"))
    yield markdown_table(("network", "median s", "min", "max", "at most"), rows)


def _summary(run: Run, name: str) -> tuple[str, ...]:
    found, ratio, share = run.of(name), run.ratio(name), _share(run, name)
    peers = [result for result in found.values() if result.contestant != OURS]
    peer = found[ratio.peer] if ratio else peers[0] if peers else None
    return (
        name,
        "-" if OURS not in found else _timed(found[OURS]),
        "-" if peer is None else f"{peer.contestant} {_timed(peer)}",
        "-" if ratio is None else f"{ratio.ratio.value:.2f} ×",
        "-" if ratio is None else f"{ratio.ratio.low:.2f} to {ratio.ratio.high:.2f}",
        _met(run, name, "must"),
        _aim(run, name),
        "-" if share is None else f"{100 * share:.0f} %",
    )


def _timed(result: Result) -> str:
    """Median and minimum, with the setting."""
    setting = Setting(result.threads, result.wait)
    median, least = three_digits(result.median_us), three_digits(result.min_us)
    return f"{median} µs, min {least} ({setting})"


def _details(run: Run, name: str) -> Iterator[str]:
    found = run.of(name)
    ours, rows = found.get(OURS), list[tuple[str, ...]]()
    for result in found.values():
        ratio = "-" if ours is None else f"{result.median_us / ours.median_us:.2f} ×"
        loss = "-" if result.loss_after_50 is None else f"{result.loss_after_50:.5f}"
        times = (three_digits(t) for t in (result.median_us, result.min_us, result.max_us))
        setting = str(Setting(result.threads, result.wait))
        rows.append((result.contestant, setting, *times, str(result.slices), ratio, loss))
    if rows:
        header = (
            *("contestant", "best setting", "median µs", "min", "max", "slices"),
            *(f"medians to {OURS}", "loss after 50"),
        )
        yield markdown_table(header, rows, left=(0, 1))
    if name in run.roof:
        yield _roof(run, name)
    if any(result.peak_mb is not None for result in found.values()):
        yield from _memory(found)
    left_out = run.environment.get("left_out", {}).get(name, {})
    if left_out:
        yield "\n".join(f"- not timed: {name}, {reason}" for name, reason in left_out.items())


def _roof(run: Run, name: str) -> str:
    roof, share, most = run.roof[name], _share(run, name), _share(run, name, least=True)
    text = (
        f"Roof {three_digits(roof['roof_us'])} µs:"
        f" products {three_digits(roof['products_us'])} µs at {roof['gflops']:.0f} GFLOP/s,"
        f" {roof['bytes'] / 1e6:.3g} MB in {three_digits(roof['memory_us'])} µs"
        f" at {roof['gb_per_s']:.0f} GB/s."
    )
    if share is None or most is None:
        return text
    return f"{text} {OURS} reaches {100 * share:.0f} % of it, at best {100 * most:.0f} %."


def _memory(found: dict[str, Result]) -> Iterator[str]:
    need = needed_bytes(WORKLOADS[MEMORY]) / 1e6
    yield (
        f"Memory: {need:.1f} MB are parameters, gradients, optimizer state, live activations and"
        f" one batch; at most {LIMIT} × as much is to be taken. Peak growth of resident memory,"
        " compilation of the network included:"
    )
    rows = [
        (r.contestant, f"{r.peak_mb:.1f}", f"{r.peak_mb / need:.2f} ×")
        for r in found.values()
        if r.peak_mb is not None
    ]
    yield markdown_table(("contestant", "MB", "of what is needed"), rows)


_SCALING = (
    f"Steps of {OURS} alone, networks of 128 inputs and 10 classes around two hidden layers of 128"
    " and batches of 64. Work counts the multiplications in matrix products; close to linear means"
    " that time per work stays where it is, or falls, as work grows."
)


def _scaling(points: Sequence[Point]) -> Iterator[str]:
    for axis in dict.fromkeys(point.axis for point in points):
        along = [point for point in points if point.axis == axis]
        first = along[0]
        rows = [
            (
                str(p.value),
                three_digits(p.median_us),
                f"{p.work / first.work:.1f} ×",
                f"{p.median_us / first.median_us:.1f} ×",
                f"{p.median_us / p.work * 1e6:.3g}",
            )
            for p in along
        ]
        header = (axis, "µs a step", "work", "time", "ps a multiplication")
        yield markdown_table(header, rows)


def _share(run: Run, name: str, *, least: bool = False) -> float | None:
    """The share of the roof that chainrule reaches, at its median or in its `least` time."""
    ours, roof = run.of(name).get(OURS), run.roof.get(name)
    if ours is None or roof is None:
        return None
    return roof["roof_us"] / (ours.min_us if least else ours.median_us)


def _goal(name: str, which: str) -> float | None:
    return getattr(WORKLOADS[name], which) if name in WORKLOADS else None


def _met(run: Run, name: str, which: str) -> str:
    goal, ratio = _goal(name, which), run.ratio(name)
    if goal is None:
        return "-"
    verdict = "" if ratio is None else f" {ratio.verdict(goal).replace('not met', 'NOT met')}"
    return f"{goal:g} ×{verdict}"


def _aim(run: Run, name: str) -> str:
    words, wanted = _met(run, name, "aim"), _wanted_share(name)
    if wanted is None:
        return words
    share = f"{100 * wanted:.0f} % of the roof {_share_verdict(run, name)}".rstrip()
    return share if words == "-" else f"{words}, {share}"


def _wanted_share(name: str) -> float | None:
    return WORKLOADS[name].aim_share if name in WORKLOADS else None


def _share_verdict(run: Run, name: str) -> str:
    """Whether the share of the roof, which has no interval, is reached; not if disturbed."""
    wanted, share = _wanted_share(name), _share(run, name)
    if wanted is None or share is None:
        return ""
    return "not decided" if is_disturbed(run.host) else "met" if share >= wanted else "NOT met"


def _title(name: str) -> str:
    if name not in WORKLOADS:
        return name
    return f"{name}: {WORKLOADS[name].description}"
