"""The flow of a gradient: how its norm changes from layer to layer, and through which neurons.

Here belongs what is computed from a record; `flow_explanation` shows it.  Only the flow itself is
exported: its parts and what computes them are imported when they are used, so that
`import chainrule` is fast.
"""

from chainrule.explain.flow.gradient_flow import GradientFlow

__all__ = ["GradientFlow"]
