"""Follows a gradient back in time through the steps of each recurrence of a record.

A step makes a new state h′ of the state h.  The gradient at h′ reaches h on paths through weights,
whose factor is split into slopes and gates on one hand and the weights on the other, and on direct
paths, such as that through the forget gate of an LSTM.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from chainrule.explain.entries.upstream import upstream_gradients
from chainrule.explain.flow.joint_norm import joint_norm
from chainrule.explain.flow.over_time.parts import LagFlow, TimeFlow
from chainrule.explain.flow.over_time.step_back import StepBack, WaysBack
from chainrule.graph import Array, Evaluator, Graph, Node, Recurrence
from chainrule.ops import Tensor

__all__ = ["time_flows"]


def time_flows(graph: Graph) -> tuple[TimeFlow, ...]:
    """The flow through each recurrence of a record, the one next to the output first."""
    recurrent = {
        node.outputs[0]: node.primitive.recurrence(**node.params)
        for node in reversed(graph.nodes)
        if node.primitive and node.primitive.recurrence
    }
    if not recurrent:
        return ()
    upstream, names = upstream_gradients(graph), graph.names()
    return tuple(
        _flow(node, of, upstream, names)
        for node, of in recurrent.items()
        if of.length and not upstream.keys().isdisjoint(node.outputs)
    )


def _flow(
    node: Node, of: Recurrence, upstream: Mapping[Node, Tensor], names: Mapping[Node, str]
) -> TimeFlow:
    back, n = StepBack(of), of.carries
    state = [_gradient(upstream, output) for output in node.outputs[:n]]
    collected = [_gradient(upstream, output) for output in node.outputs[n:]]
    # what a step collects is often its new state itself
    parts = of.body.outputs[:n]
    same = [parts.index(y) if y in parts else None for y in of.body.outputs[n:]]
    operands = _operands(node, of)
    lags, carried, last = list[LagFlow](), None, None
    for lag, time in enumerate(reversed(of.times)):
        others = [y[time] for y in collected]
        for i, k in enumerate(same):
            if k is not None:
                state[k], others[i] = state[k] + others[i], np.zeros_like(others[i])
        carried = state if carried is None else carried
        lags.append(_lag(time, lag, state, carried, last))
        ways = back(operands[time], state, others)
        last = joint_norm(state), ways
        carried = back(operands[time], carried, others).direct
        state = [a + b for a, b in zip(ways.before, ways.outputs, strict=True)]
    weights = tuple(_weight_name(node.inputs[i], names) for i in back.weights)
    return TimeFlow(_state_names(of), weights, tuple(lags))


def _operands(node: Node, of: Recurrence) -> dict[int, list[Array]]:
    """The operands of the body at each step of time, from the values of a recorded scan."""
    values = [Tensor(source).value for source in node.inputs]
    first, run = of.constants + of.carries, Evaluator(of.body)
    carry, found = values[of.constants : first], dict[int, list[Array]]()
    for time in of.times:
        found[time] = [*values[: of.constants], *carry, *(x[time] for x in values[first:])]
        carry = run(*found[time])[: of.carries]
    return found


def _lag(
    time: int,
    lag: int,
    state: Sequence[Array],
    carried: Sequence[Array],
    later: tuple[float, WaysBack] | None,
) -> LagFlow:
    """The gradient at the state after a step, and what the `later` step multiplied it by."""
    factor = activation = weights = direct = None
    if later is not None and later[0]:
        norm, ways = later
        at_weights = joint_norm(ways.weights)
        through = [a - b for a, b in zip(ways.before, ways.direct, strict=True)]
        factor, activation = joint_norm(ways.before) / norm, at_weights / norm
        weights = joint_norm(through) / at_weights if at_weights else None
        direct = joint_norm(ways.direct) / norm
    return LagFlow(
        time=time,
        lag=lag,
        norm=joint_norm(state),
        norms=tuple(joint_norm([part]) for part in state),
        factor=factor,
        activation=activation,
        weights=weights,
        direct=direct,
        carried=joint_norm(carried),
    )


def _gradient(upstream: Mapping[Node, Tensor], node: Node) -> Array:
    return upstream[node].value if node in upstream else np.zeros(node.spec.shape)


def _state_names(of: Recurrence) -> tuple[str, ...]:
    """The names of the parts of the state: their own, or "state"."""
    parts = of.body.outputs[: of.carries]
    number = [f" {i}" if len(parts) > 1 else "" for i in range(1, len(parts) + 1)]
    return tuple(node.name or f"state{i}" for node, i in zip(parts, number, strict=True))


def _weight_name(node: Node, names: Mapping[Node, str]) -> str:
    """The name of a weight; a transposed or reshaped one is named after the variable."""
    while not node.name and len(node.inputs) == 1:
        (node,) = node.inputs
    return names[node]
