"""Kernels: the compiled code of each instruction, and of the optimizers' updates.

A kernel computes on regions of an arena `A`, given by offsets; several threads may call it at once,
each for its share.
"""
