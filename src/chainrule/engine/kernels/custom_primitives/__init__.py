"""Kernels of elementwise primitives that have no opcode, compiled from their NumPy functions."""

from chainrule.engine.kernels.custom_primitives.kernels import KERNELS

__all__ = ["KERNELS"]
