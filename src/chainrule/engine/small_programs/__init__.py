"""Machine code for small programs: regions of instructions, each compiled as one function.

The interpreter reads a table and calls a kernel for each of its rows.  Where a kernel has little to
do, reading and calling take most of the time.  A region of instructions that is emitted for the
sizes and offsets of one program needs neither, and an instruction may find the previous result
still in a register.

`regions` selects what is compiled, `matrix_layout` assigns memory, `emit_region` emits functions.
"""

from chainrule.engine.small_programs.regions import CompiledRegions, compile_regions

__all__ = ["CompiledRegions", "compile_regions"]
