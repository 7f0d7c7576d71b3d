"""Lowering: from the nodes of a graph to instructions, one rule per primitive in `rules/`."""

from chainrule.program.lowering.context import stored_dtype
from chainrule.program.lowering.lowering import lower, lower_nodes, without_dead_code
from chainrule.program.lowering.rules import INDICES

__all__ = ["INDICES", "lower", "lower_nodes", "stored_dtype", "without_dead_code"]
