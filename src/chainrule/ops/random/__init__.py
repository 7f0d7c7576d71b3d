"""Pseudo-random numbers, recorded like any other operation."""

from chainrule.ops.random.uniform import (
    uniform,
)

__all__ = [
    "uniform",
]
