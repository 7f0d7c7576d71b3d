"""Small programs as machine code of their own.

The machine reads a table and calls a kernel for each of its rows.  Where a kernel has little to do,
reading and calling take most of the time.  The same instructions, written out for the sizes and
places they have, need neither: what one stores the next finds in a register.
"""

from chainrule.engine.small_programs.regions import Native, native

__all__ = ["Native", "native"]
