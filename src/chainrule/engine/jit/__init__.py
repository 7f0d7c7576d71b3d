"""Compiling: kernels and machine code, compiled once and cached on disk."""
