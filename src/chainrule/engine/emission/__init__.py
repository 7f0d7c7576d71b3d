"""Emits operations on matrices in the arena as LLVM instructions, for sizes that are known.

The records of instructions use it to write native code of themselves; `small_programs` selects the
instructions and assigns the matrices memory.
"""
