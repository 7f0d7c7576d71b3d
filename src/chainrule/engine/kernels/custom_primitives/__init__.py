"""Kernels of elementwise functions that are not formulas, compiled by Numba."""
