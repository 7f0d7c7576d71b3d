"""Explains gradients: derivations step by step, paths, flows, and the expressions people type.

Computation is below (`entries`, `paths`, `flow`, `derivation`, `drawing`), renderers see only its
data, and `explanation` and `flow_explanation` on top hand out both.
"""

from chainrule.explain.explanation import Explanation, explain
from chainrule.explain.expression import read
from chainrule.explain.flow_explanation import Flow, flow

__all__ = ["Explanation", "Flow", "explain", "flow", "read"]
