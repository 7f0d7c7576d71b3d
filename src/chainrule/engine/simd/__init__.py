"""Vector (SIMD) instructions, emitted as LLVM instructions, and functions written with them.

Kernels and small programs build on this folder; it knows nothing about programs or matrices.
"""
