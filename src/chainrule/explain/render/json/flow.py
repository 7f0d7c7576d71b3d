"""The flow of a gradient as JSON: a stable form for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chainrule.explain.flow import GradientFlow
from chainrule.explain.flow.over_time.parts import LagFlow, TimeFlow
from chainrule.explain.flow.parts import EntryFlow, LayerGain, StepGain
from chainrule.explain.render.json.encode import encode

__all__ = ["data", "json"]


def json(flow: GradientFlow) -> str:
    """The flow as one JSON object; see `data` for its form."""
    return encode(data(flow))


def data(flow: GradientFlow) -> dict[str, Any]:
    """`output`, `value`, and `flow` with its `layers` and, by name, its `entries`.

    A flow over time has its `recurrences`, too.
    """
    found: dict[str, Any] = {
        "layers": [_layer(layer) for layer in flow.layers],
        "entries": {entry.wrt: _entry(entry) for entry in flow.entries},
    }
    if flow.recurrences:
        found["recurrences"] = [_recurrence(one) for one in flow.recurrences]
    return {"output": flow.output, "value": flow.value, "flow": found}


def _recurrence(flow: TimeFlow) -> dict[str, Any]:
    return {
        "states": list(flow.states),
        "parameters": list(flow.by),
        "lags": [_lag(lag, flow.states) for lag in flow.lags],
    }


def _lag(lag: LagFlow, states: Sequence[str]) -> dict[str, Any]:
    return {
        "lag": lag.lag,
        "time": lag.time,
        "norm": lag.norm,
        "norms": dict(zip(states, lag.norms, strict=True)),
        "factor": lag.factor,
        "activation": lag.activation,
        "weights": lag.weights,
        "direct": lag.direct,
        "carried": lag.carried,
    }


def _layer(layer: LayerGain) -> dict[str, Any]:
    return {
        "start": list(layer.start),
        "end": list(layer.end),
        "parameters": list(layer.by),
        "norm": layer.norm,
        "gain": layer.gain,
        "activation": layer.activation,
        "weights": layer.weights,
        "other": layer.other,
        "steps": [_step(step) for step in layer.steps],
    }


def _step(step: StepGain) -> dict[str, Any]:
    return {
        "start": list(step.start),
        "end": list(step.end),
        "norm": step.norm,
        "factor": step.factor,
        "kind": step.kind.value,
    }


def _entry(entry: EntryFlow) -> dict[str, Any]:
    return {
        "gradient": entry.gradient,
        "absolute": entry.absolute,
        "layers": [
            {
                "names": list(level.names),
                "neurons": [
                    {"name": n.name, "signed": n.signed, "absolute": n.absolute}
                    for n in level.neurons
                ],
            }
            for level in entry.levels
        ],
        "uses": [
            {"lag": use.lag, "at": list(use.at), "contribution": use.contribution}
            for use in entry.uses
        ],
    }
