"""Primitives that remove axes, or divide by what a reduction gives."""
