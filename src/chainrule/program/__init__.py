"""A graph lowered to instructions over one arena of memory: what the engine runs.

`lowering/` turns nodes into instructions, one rule per primitive; `fusion` and `epilogue` are
passes from instructions to instructions; `memory` assigns offsets; `planning` runs all of them.
"""

from chainrule.program import listing as listing  # registers how programs are printed
from chainrule.program.elementwise import ElementwiseOperation
from chainrule.program.instruction import (
    Instruction,
    MicroOp,
    Register,
    TimeLoop,
    flattened,
    repetitions,
)
from chainrule.program.planning import plan
from chainrule.program.program import Program
from chainrule.program.view import Buffer, View

__all__ = [
    "Buffer",
    "ElementwiseOperation",
    "Instruction",
    "MicroOp",
    "Program",
    "Register",
    "TimeLoop",
    "View",
    "flattened",
    "plan",
    "repetitions",
]
