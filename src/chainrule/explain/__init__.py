"""The reading that explains: derivations, paths, and the expressions people type."""

from chainrule.explain.explanation import Explanation, explain
from chainrule.explain.expression import read
from chainrule.explain.flow import Flow, flow

__all__ = ["Explanation", "Flow", "explain", "flow", "read"]
