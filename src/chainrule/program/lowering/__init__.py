"""Lowering: from the nodes of a graph to instructions, one rule per primitive in `rules/`."""

from chainrule.program.lowering.lowering import lower, lower_nodes, without_dead_code

__all__ = ["lower", "lower_nodes", "without_dead_code"]
