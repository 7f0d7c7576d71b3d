"""Lowering: from the nodes of a graph to instructions, one rule per primitive in `rules/`."""

from chainrule.program.lowering.lowering import lower

__all__ = ["lower"]
