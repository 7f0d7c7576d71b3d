"""Just-in-time compilation: kernels by Numba, other functions by LLVM, both cached on disk.

What Numba and llvmlite do not document is used in `numba_internals` alone.
"""
