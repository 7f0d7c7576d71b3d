"""Kernels: the compiled code of each instruction.

A kernel computes on regions of an arena `A`, given by offsets; several threads may call it at once,
each for its share.
"""
