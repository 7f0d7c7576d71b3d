"""Expressions that people type, parsed into a record."""

from chainrule.explain.expression.parser import (
    read,
)

__all__ = [
    "read",
]
