"""The reading that explains: derivations, paths, and the expressions people type."""

from chainrule.explain.explanation import Explanation, explain
from chainrule.explain.expression import read

__all__ = ["Explanation", "explain", "read"]
