"""Primitives that select entries, and put gradients back where the entries came from."""
