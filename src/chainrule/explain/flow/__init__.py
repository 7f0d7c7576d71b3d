"""The flow of a gradient: how its norm changes from layer to layer, and through which neurons.

Here belongs what is computed from a record; `flow_explanation` shows it.  Only the data classes
are exported: what computes them is imported when it is called, so that `import chainrule` is fast.
"""

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

__all__ = [
    "EntryFlow",
    "FactorKind",
    "GradientFlow",
    "LayerGain",
    "LevelFlow",
    "NeuronFlow",
    "StepGain",
    "Use",
    "together",
]
