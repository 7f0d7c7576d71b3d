"""Pseudo-random numbers, recorded like the result of any other operation."""

from chainrule.ops.random.uniform import uniform

__all__ = ["uniform"]
