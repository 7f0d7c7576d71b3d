"""Primitives that rearrange entries and compute nothing."""
