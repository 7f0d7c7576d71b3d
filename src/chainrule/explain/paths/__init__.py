"""Paths: a gradient as a sum over the ways from the output to a parameter."""

from chainrule.explain.paths.paths import (
    Path,
    Paths,
    Place,
)

__all__ = [
    "Path",
    "Paths",
    "Place",
]
