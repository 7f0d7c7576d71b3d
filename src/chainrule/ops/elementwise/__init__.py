"""Primitives that act on each entry by itself."""
