"""The flow of a gradient back in time as a table, which all forms render alike."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from chainrule.explain.flow.over_time.parts import LagFlow, TimeFlow
from chainrule.explain.render.table import Entry, Table

__all__ = ["time_table"]

MOST_ROWS = 24
"""Up to this many lags are listed one by one; of more, those at round distances are."""

ROUND = {0, 4, 15, *(a * 10**b for a in (1, 2, 3, 5, 7) for b in range(6))}


def time_table(output: str, flow: TimeFlow) -> Table:
    """The norms by lag, the factors of each step back, and the factors' geometric means."""
    parts = len(flow.states) if len(flow.states) > 1 else 0
    direct = any(lag.carried for lag in flow.lags[1:])
    names = ("factor", "slopes", "weights", *(("direct", "carried") if direct else ()))

    def row(lag: LagFlow) -> tuple[Entry, ...]:
        factors = lag.factor, lag.activation, lag.weights
        ways = (lag.direct, lag.carried) if direct else ()
        return (str(lag.lag), str(lag.time), lag.norm, *lag.norms[:parts], *factors, *ways)

    rows = [*map(row, _shown(flow.lags))]
    if len(flow.lags) > 2:
        means = [_mean(flow.lags, of) for of in ("factor", "activation", "weights", "direct")]
        ways = (means[3], None) if direct else ()
        rows.append(("mean", "", None, *[None] * parts, *means[:3], *ways))
    headers = ("lag", "t", "norm", *flow.states[:parts], *names)
    return Table(_caption(output, flow, direct), headers, tuple(rows))


def _caption(output: str, flow: TimeFlow, direct: bool) -> str:
    by = f" {_joined(flow.by)}" if flow.by else ""
    state = "state" if flow.states == ("state",) else f"state {_joined(flow.states)}"
    text = (
        f"The norm of the gradient of {output} at the {state}, from the last step back in time. A"
        " step multiplies it by the slopes of its"
    )
    if not direct:
        return f"{text} activations and by its weights{by}: factor = slopes × weights."
    return (
        f"{text} activations and gates and by its weights{by}; direct is the share that passes no"
        " weights, and carried the norm of what came all the way without them."
    )


def _shown(lags: Sequence[LagFlow]) -> Iterable[LagFlow]:
    if len(lags) <= MOST_ROWS:
        return lags
    return (lag for lag in lags if lag.lag in ROUND or lag is lags[-1])


def _mean(lags: Sequence[LagFlow], of: str) -> float | None:
    """The geometric mean of a factor of all steps; None if it is unknown somewhere, or 0."""
    factors = [getattr(lag, of) for lag in lags[1:]]
    return math.exp(math.fsum(map(math.log, factors)) / len(factors)) if all(factors) else None


def _joined(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
