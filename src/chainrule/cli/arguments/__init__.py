"""Parsers of the arguments that people type."""
