"""The flow of a gradient: how its norm shrinks and grows from layer to layer."""

from chainrule.explain.flow.flow import (
    Flow,
    flow,
)

__all__ = [
    "Flow",
    "flow",
]
