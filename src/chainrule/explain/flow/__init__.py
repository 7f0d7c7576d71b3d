"""The flow of a gradient: how its norm changes from layer to layer, and through which neurons.

Here belongs what is computed from a record; `flow_explanation` shows it.
"""

from chainrule.explain.flow.entry_flow import entry_flow
from chainrule.explain.flow.gradient_flow import (
    EntryFlow,
    FactorKind,
    GradientFlow,
    LayerGain,
    LevelFlow,
    NeuronFlow,
    StepGain,
    Use,
    together,
)
from chainrule.explain.flow.layer_gains import layer_gains

__all__ = [
    "EntryFlow",
    "FactorKind",
    "GradientFlow",
    "LayerGain",
    "LevelFlow",
    "NeuronFlow",
    "StepGain",
    "Use",
    "entry_flow",
    "layer_gains",
    "together",
]
