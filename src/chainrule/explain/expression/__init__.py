"""Parses arithmetic that people type into a record, without ever executing it."""

from chainrule.explain.expression.read import read, read_value

__all__ = ["read", "read_value"]
