"""Kernels: the compiled code of each instruction."""
